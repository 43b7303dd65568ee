package dev.hadal.kernels;

import static dev.hadal.kernels.LatentAttention.BLOCK;
import static dev.hadal.kernels.LatentAttention.PARTITION;

import dev.hadal.kernels.BlockProduct.Operand;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/** Latent attention of one group over the cache, with the heap blocks that one thread needs. */
final class LatentBlocks {
  private float[] queriesAcross = new float[0];
  private float[] block = new float[0];
  private float[] scores = new float[0];
  private int[] limits = new int[0];

  /** The arguments of a call. */
  record Call(
      int heads,
      int latent,
      int rope,
      float scale,
      boolean bfloat16,
      Tensor q,
      List<LatentAttention.Query> queries,
      Tensor out) {
    int width() {
      return latent + rope;
    }

    /** The length of the contraction over a key, even where pairs are taken. */
    int steps() {
      return bfloat16 ? (width() + 1) & -2 : width();
    }

    /** A state for a group. */
    LatentState state(LatentGroup group) {
      return new LatentState(
          AttentionBlocks.stride(group.columns()), AttentionBlocks.stride(latent));
    }
  }

  /** One partition of one group. */
  record Part(LatentGroup group, int partition, LatentState state) {}

  /** Walks all partitions of a group and writes its result. */
  void whole(Call call, LatentGroup group) {
    prepare(call, group);
    LatentState total = call.state(group);
    walk(call, group, 0, total);
    if (group.partitions() > 1) {
      LatentState next = call.state(group);
      for (int partition = 1; partition < group.partitions(); partition++) {
        walk(call, group, partition, next);
        total.merge(next);
      }
    }
    total.write(call, group);
  }

  /** Walks one partition. */
  void part(Call call, Part part) {
    prepare(call, part.group());
    walk(call, part.group(), part.partition(), part.state());
  }

  /** Reads the queries as columns, and how far each may look into the last block. */
  private void prepare(Call call, LatentGroup group) {
    int columns = AttentionBlocks.stride(group.columns());
    int width = call.width();
    int stride = AttentionBlocks.stride(width);
    queriesAcross = AttentionBlocks.room(queriesAcross, stride * columns);
    block = AttentionBlocks.room(block, BLOCK * stride);
    scores = AttentionBlocks.room(scores, BLOCK * columns);
    Arrays.fill(queriesAcross, 0, stride * columns, 0);
    limits = new int[columns];
    float[] row = new float[stride];
    for (int c = 0; c < group.columns(); c++) {
      long at = (long) group.query(c) * call.heads() + group.head(c);
      AttentionBlocks.read(call.q().data(), 4L * at * width, row, 0, width);
      if (call.bfloat16()) {
        AttentionBlocks.round(row, stride);
      }
      for (int i = 0; i < width; i++) {
        queriesAcross[i * columns + c] = row[i];
      }
      limits[c] = call.queries().get(group.query(c)).position() % BLOCK;
    }
  }

  private void walk(Call call, LatentGroup group, int partition, LatentState state) {
    int columns = state.columns();
    int stride = AttentionBlocks.stride(call.width());
    int swap = call.bfloat16() ? 1 : 0;
    Operand key = new Operand(block, 0, stride);
    Operand query = new Operand(queriesAcross, 0, columns);
    Operand score = new Operand(scores, 0, columns);
    Operand probability = Operand.transposed(scores, 0, columns);
    Operand sum = new Operand(state.out, 0, state.stride());
    int first = partition * (PARTITION / BLOCK);
    int last = Math.min(group.lastBlock(), first + PARTITION / BLOCK - 1);
    state.softmax.start();
    for (int b = first; b <= last; b++) {
      readBlock(group.cache().block(b), call.width(), stride);
      BlockProduct.multiply(key, query, score, BLOCK, columns, call.steps(), swap, false);
      state.softmax.block(
          scores,
          columns,
          columns,
          call.scale(),
          b == group.lastBlock() ? limits : null,
          b == first);
      if (call.bfloat16()) {
        AttentionBlocks.round(scores, BLOCK * columns);
      }
      if (b > first) {
        AttentionBlocks.scaleRows(
            state.out, state.stride(), state.softmax.shrink, columns, call.bfloat16());
      }
      BlockProduct.multiply(probability, key, sum, columns, state.stride(), BLOCK, swap, b > first);
    }
  }

  private void readBlock(Tensor tensor, int width, int stride) {
    tensor.requireShape("latentAttention cache block", BLOCK, width);
    MemorySegment data = tensor.data();
    if (tensor.dtype() == DType.BF16) {
      for (int r = 0; r < BLOCK; r++) {
        BFloat16Rows.read(data, 2L * r * width, block, r * stride, width);
      }
    } else {
      tensor.requireType("latentAttention cache block", DType.F32);
      for (int r = 0; r < BLOCK; r++) {
        AttentionBlocks.read(data, 4L * r * width, block, r * stride, width);
      }
    }
    AttentionBlocks.pad(block, 0, BLOCK, width, stride);
  }
}
