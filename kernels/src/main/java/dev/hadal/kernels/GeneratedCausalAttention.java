package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.kernels.GeneratedCausalHead.Backward;
import dev.hadal.kernels.GeneratedCausalHead.Forward;
import dev.hadal.kernels.GeneratedCausalHead.Item;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * {@link CausalAttention} as machine code, made for each geometry when it is first seen. One task
 * for each sequence and head, the longest first; which thread takes a task does not matter to its
 * result.
 */
final class GeneratedCausalAttention implements CausalAttention {
  /** Floats of the shared keys' gradient that are worth handing to another thread. */
  private static final int GRAIN = 4096;

  private final ThreadTeam team;
  private final CodeLoader loader;
  private final Supplier<CausalAttention> others;
  private final boolean pairs;
  private final MethodHandle partSums;
  private final GeneratedCausalHead[] heads;
  private final Map<CausalLayout, CausalFunctions> functions = new HashMap<>();
  private final NativeBuffer ropeParts = new NativeBuffer();

  /**
   * Makes the code that is the same for all geometries.
   *
   * @param others serve BF16 operands where the processor has no products of them
   * @throws dev.hadal.assembler.AssemblerException if {@link #obstacle} tells one
   */
  GeneratedCausalAttention(ThreadTeam team, CodeLoader loader, Supplier<CausalAttention> others) {
    this.team = team;
    this.loader = loader;
    this.others = others;
    pairs = CausalFunctions.obstacle(OperandKind.BFLOAT, loader).isEmpty();
    partSums = loader.load(PartSumsCode.assemble(), PartSumsCode.SIGNATURE, Arena.global());
    heads = new GeneratedCausalHead[team.size()];
    Arrays.setAll(heads, _ -> new GeneratedCausalHead());
  }

  /** Why attention cannot be generated; empty if it can, with FP32 operands at least. */
  static Optional<String> obstacle(CodeLoader loader) {
    return CausalFunctions.obstacle(OperandKind.DENSE, loader);
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
    if (geometry.bfloat16() && !pairs) {
      others.get().forward(geometry, q, kv, kRope, sequenceOffsets, out, lse);
      return;
    }
    Forward tensors = require(geometry, q, kv, kRope, sequenceOffsets, out, lse);
    try {
      WorkItems.share(
          team,
          items(geometry, sequenceOffsets),
          (item, member) -> heads[member].forward(tensors, item));
    } finally {
      // The code knows addresses only: nothing may be freed that they belong to.
      Reference.reachabilityFence(tensors);
    }
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
    if (geometry.bfloat16() && !pairs) {
      others
          .get()
          .backward(geometry, q, kv, kRope, sequenceOffsets, out, lse, dout, dq, dkv, dkRope);
      return;
    }
    Forward tensors = require(geometry, q, kv, kRope, sequenceOffsets, out, lse);
    ReferenceCausalAttention.requireGradients(
        Arithmetic.FP32, q, kv, kRope, out, dout, dq, dkv, dkRope);
    requireNative(dout, dq, dkv, dkRope);
    long part = Math.multiplyExact(kRope.elements(), (long) Float.BYTES);
    MemorySegment parts = ropeParts.of(Math.multiplyExact(geometry.heads(), part));
    Backward gradients = new Backward(tensors, dout, dq, dkv, parts);
    try {
      WorkItems.share(
          team,
          items(geometry, sequenceOffsets),
          (item, member) -> heads[member].backward(gradients, item));
      addParts(parts, geometry.heads(), part, dkRope);
    } finally {
      Reference.reachabilityFence(gradients);
      Reference.reachabilityFence(dkRope);
    }
  }

  /** The shared keys' gradient: the sum over heads. */
  private void addParts(MemorySegment parts, int count, long part, Tensor dkRope) {
    team.split(
        Math.toIntExact(dkRope.elements()),
        GRAIN,
        (from, to) -> {
          for (int at = from; at < to; at += GRAIN) {
            CausalFunctions.call(
                partSums,
                parts.address() + 4L * at,
                part,
                count,
                dkRope.data().address() + 4L * at,
                Math.min(GRAIN, to - at));
          }
        });
  }

  private Forward require(
      Geometry geometry,
      Tensor q,
      Tensor kv,
      Tensor kRope,
      int[] sequenceOffsets,
      Tensor out,
      Tensor lse) {
    ReferenceCausalAttention.requireOperands(Arithmetic.FP32, geometry, q, kv, kRope, out, lse);
    ReferenceCausalAttention.requireOffsets(sequenceOffsets, q.rows());
    requireNative(q, kv, kRope, out, lse);
    CausalFunctions made =
        functions.computeIfAbsent(
            CausalLayout.of(geometry), layout -> new CausalFunctions(layout, loader));
    return new Forward(geometry, made, q, kv, kRope, out, lse);
  }

  private static List<Item> items(Geometry geometry, int[] offsets) {
    List<Item> items = new ArrayList<>();
    for (int s = 0; s + 1 < offsets.length; s++) {
      for (int head = 0; head < geometry.heads(); head++) {
        if (offsets[s] < offsets[s + 1]) {
          items.add(new Item(offsets[s], offsets[s + 1], head));
        }
      }
    }
    items.sort(Comparator.comparingInt(Item::length).reversed());
    return items;
  }

  private static void requireNative(Tensor... tensors) {
    for (Tensor tensor : tensors) {
      long _ = Addresses.of("attention", tensor);
    }
  }
}
