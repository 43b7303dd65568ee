package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.assembler.MachineCode;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
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
    List<MachineCode> codes = new ArrayList<>();
    for (OperandKind kind : Set.of(OperandKind.DENSE, OperandKind.BFLOAT)) {
      LatentLayout layout = new LatentLayout(kind, 33, 2);
      codes.add(new LatentQueryCode(layout).assemble());
      codes.add(new LatentBlockCode(layout).assemble());
      codes.add(new LatentFinishCode(layout).merge());
      codes.add(new LatentFinishCode(layout).divide());
    }
    return GeneratedCode.obstacle(loader, codes);
  }

  LatentLayout layout() {
    return layout;
  }

  /** The queries of sixteen columns; see {@link LatentQueryCode#SIGNATURE}. */
  void queries(long from, long distances, long to, long columns) {
    try {
      queries.invokeExact(from, distances, to, columns);
    } catch (Throwable e) {
      throw GeneratedCode.unexpected(e);
    }
  }

  /** One block. */
  void block(LatentFrame frame) {
    try {
      block.invokeExact(frame.address());
    } catch (Throwable e) {
      throw GeneratedCode.unexpected(e);
    }
  }

  /** Merges two partitions' states. */
  void merge(LatentFrame frame) {
    try {
      merge.invokeExact(frame.address());
    } catch (Throwable e) {
      throw GeneratedCode.unexpected(e);
    }
  }

  /** Writes the output of a column. */
  void divide(long from, long sum, long to) {
    try {
      divide.invokeExact(from, sum, to);
    } catch (Throwable e) {
      throw GeneratedCode.unexpected(e);
    }
  }
}
