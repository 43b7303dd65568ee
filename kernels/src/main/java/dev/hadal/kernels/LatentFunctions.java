package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.assembler.CpuFeature;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** The functions of latent attention of one layout, made when it is first used. */
final class LatentFunctions {
  private final LatentLayout layout;
  private final MethodHandle queries;
  private final MethodHandle block;
  private final MethodHandle merge;
  private final MethodHandle divide;

  LatentFunctions(CodeLoader loader, LatentLayout layout) {
    this.layout = layout;
    Arena arena = Arena.ofAuto();
    queries = loader.load(new LatentQueryCode(layout).assemble(), LatentQueryCode.SIGNATURE, arena);
    block = loader.load(new LatentBlockCode(layout).assemble(), LatentBlockCode.SIGNATURE, arena);
    merge = loader.load(new LatentFinishCode(layout).merge(), LatentFinishCode.MERGE, arena);
    divide = loader.load(new LatentFinishCode(layout).divide(), LatentFinishCode.DIVIDE, arena);
  }

  /** Why they cannot be made; empty if they can. */
  static Optional<String> obstacle(CodeLoader loader) {
    Set<CpuFeature> needed = EnumSet.noneOf(CpuFeature.class);
    for (OperandKind kind : Set.of(OperandKind.DENSE, OperandKind.BFLOAT)) {
      LatentLayout layout = new LatentLayout(kind, 33, 2);
      needed.addAll(new LatentQueryCode(layout).assemble().required());
      needed.addAll(new LatentBlockCode(layout).assemble().required());
      needed.addAll(new LatentFinishCode(layout).merge().required());
      needed.addAll(new LatentFinishCode(layout).divide().required());
    }
    return loader.obstacle(needed);
  }

  LatentLayout layout() {
    return layout;
  }

  /** The queries of sixteen columns; see {@link LatentQueryCode#SIGNATURE}. */
  void queries(long from, long distances, long to, long columns) {
    try {
      queries.invokeExact(from, distances, to, columns);
    } catch (Throwable e) {
      throw ProductFunctions.unexpected(e);
    }
  }

  /** One block. */
  void block(LatentFrame frame) {
    try {
      block.invokeExact(frame.address());
    } catch (Throwable e) {
      throw ProductFunctions.unexpected(e);
    }
  }

  /** Merges two partitions' states. */
  void merge(LatentFrame frame) {
    try {
      merge.invokeExact(frame.address());
    } catch (Throwable e) {
      throw ProductFunctions.unexpected(e);
    }
  }

  /** Writes the output of a column. */
  void divide(long from, long sum, long to) {
    try {
      divide.invokeExact(from, sum, to);
    } catch (Throwable e) {
      throw ProductFunctions.unexpected(e);
    }
  }
}
