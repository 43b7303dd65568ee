package dev.hadal.kernels;

import dev.hadal.tensor.Tensor;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * {@link CausalAttention}, one task for each sequence and head; which thread takes a task does not
 * matter to its result.
 *
 * <p>A task copies its head's rows to the heap once, rounded if need be, and then works on blocks
 * of 64 x 64 in cache. Scores are computed transposed, keys down and queries across, so that the
 * softmax never adds across lanes (see {@link OnlineSoftmax}) and only queries (and output
 * gradients) must be transposed.
 */
final class VectorCausalAttention implements CausalAttention {
  private final ThreadTeam team;
  private final CausalHead[] heads;
  private float[] ropeParts = new float[0];

  VectorCausalAttention(ThreadTeam team) {
    this.team = team;
    heads = new CausalHead[team.size()];
    for (int member = 0; member < heads.length; member++) {
      heads[member] = new CausalHead();
    }
  }

  @Override
  public void forward(
      Geometry geometry,
      Tensor q,
      Tensor kv,
      Tensor kRope,
      int[] sequenceOffsets,
      Tensor out,
      Tensor lse) {
    CausalHead.Forward tensors = new CausalHead.Forward(geometry, q, kv, kRope, out, lse);
    requireOffsets(sequenceOffsets, q.rows());
    forEachHead(
        geometry,
        sequenceOffsets,
        (member, from, to, head) -> heads[member].forward(tensors, from, to, head));
  }

  @Override
  public void backward(
      Geometry geometry,
      Tensor q,
      Tensor kv,
      Tensor kRope,
      int[] sequenceOffsets,
      Tensor out,
      Tensor lse,
      Tensor dout,
      Tensor dq,
      Tensor dkv,
      Tensor dkRope) {
    CausalHead.Forward tensors = new CausalHead.Forward(geometry, q, kv, kRope, out, lse);
    int tokens = q.rows();
    int rope = geometry.rope();
    Sizes.require("attention dout", dout, out.shape().extents());
    Sizes.require("attention dq", dq, q.shape().extents());
    Sizes.require("attention dkv", dkv, kv.shape().extents());
    Sizes.require("attention dkRope", dkRope, kRope.shape().extents());
    requireOffsets(sequenceOffsets, tokens);
    int part = Math.multiplyExact(tokens, rope);
    ropeParts = AttentionBlocks.room(ropeParts, Math.multiplyExact(geometry.heads(), part));
    CausalHead.Backward gradients = new CausalHead.Backward(tensors, dout, dq, dkv, ropeParts);
    forEachHead(
        geometry,
        sequenceOffsets,
        (member, from, to, head) -> heads[member].backward(gradients, from, to, head));
    float[] parts = ropeParts;
    team.split(
        part,
        4096,
        (from, to) -> {
          for (int h = 1; h < geometry.heads(); h++) {
            addParts(parts, h * part, from, to);
          }
          AttentionBlocks.write(parts, from, dkRope.data(), 4L * from, to - from);
        });
  }

  private static void addParts(float[] parts, int start, int from, int to) {
    for (int i = from; i < to; i++) {
      parts[i] += parts[start + i];
    }
  }

  /** What is done for one sequence, rows [from, to), and head. */
  @FunctionalInterface
  private interface Task {
    void run(int member, int from, int to, int head);
  }

  private void forEachHead(Geometry geometry, int[] offsets, Task task) {
    int heads = geometry.heads();
    int tasks = (offsets.length - 1) * heads;
    AtomicInteger next = new AtomicInteger();
    team.run(
        member -> {
          for (int i = next.getAndIncrement(); i < tasks; i = next.getAndIncrement()) {
            int sequence = i / heads;
            task.run(member, offsets[sequence], offsets[sequence + 1], i % heads);
          }
        });
  }

  private static void requireOffsets(int[] offsets, int tokens) {
    boolean good = offsets.length > 0 && offsets[0] == 0 && offsets[offsets.length - 1] == tokens;
    for (int i = 1; i < offsets.length; i++) {
      good &= offsets[i - 1] <= offsets[i];
    }
    if (!good) {
      throw new IllegalArgumentException(
          "attention: sequence offsets must ascend from 0 to %d, got %s"
              .formatted(tokens, java.util.Arrays.toString(offsets)));
    }
  }
}
