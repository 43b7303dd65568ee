package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.assembler.MachineCode;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The functions of {@link AdamWCode} and {@link FixedPointCode}. Arguments are addresses and
 * numbers of elements that the caller has validated and keeps reachable.
 */
final class OptimizerFunctions {
  /** By BF16 moments (+ 1) and average (+ 2). */
  private final MethodHandle[] adamW = new MethodHandle[4];

  private final MethodHandle begin;
  private final MethodHandle accumulate;
  private final MethodHandle finish;
  private final MethodHandle through;
  private final MethodHandle squares;

  OptimizerFunctions(CodeLoader loader) {
    Arena arena = Arena.global();
    for (int i = 0; i < adamW.length; i++) {
      adamW[i] = loader.load(adamW(i).assemble(), AdamWCode.SIGNATURE, arena);
    }
    begin = loader.load(FixedPointCode.add(true), FixedPointCode.ADD, arena);
    accumulate = loader.load(FixedPointCode.add(false), FixedPointCode.ADD, arena);
    finish = loader.load(FixedPointCode.finish(), FixedPointCode.FINISH, arena);
    through = loader.load(FixedPointCode.through(), FixedPointCode.THROUGH, arena);
    squares = loader.load(FixedPointCode.squares(), FixedPointCode.SQUARES, arena);
  }

  private static AdamWCode adamW(int index) {
    return new AdamWCode((index & 1) != 0, (index & 2) != 0);
  }

  /** Why these functions cannot be made; empty if they can. */
  static Optional<String> obstacle(CodeLoader loader) {
    List<MachineCode> codes = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      codes.add(adamW(i).assemble());
    }
    codes.add(FixedPointCode.add(true));
    codes.add(FixedPointCode.add(false));
    codes.add(FixedPointCode.finish());
    codes.add(FixedPointCode.through());
    codes.add(FixedPointCode.squares());
    return GeneratedCode.obstacle(loader, codes);
  }

  /** Updates elements; see {@link AdamWCode}. */
  void adamW(
      boolean bfloat16, boolean average, long p, long g, long m, long v, long row, long count) {
    MethodHandle function = adamW[(bfloat16 ? 1 : 0) + (average ? 2 : 0)];
    try {
      function.invokeExact(p, g, m, v, row, count);
    } catch (Throwable e) {
      throw GeneratedCode.unexpected(e);
    }
  }

  /** sum = g / quantum; whether all values are below the limit. */
  boolean begin(long g, long sum, long count, Quantum quantum, float limit) {
    try {
      return (int) begin.invokeExact(g, sum, count, quantum.inverse(), limit) != 0;
    } catch (Throwable e) {
      throw GeneratedCode.unexpected(e);
    }
  }

  /** sum += g / quantum; whether all values are below the limit. */
  boolean accumulate(long g, long sum, long count, Quantum quantum, float limit) {
    try {
      return (int) accumulate.invokeExact(g, sum, count, quantum.inverse(), limit) != 0;
    } catch (Throwable e) {
      throw GeneratedCode.unexpected(e);
    }
  }

  /** g = sum * quantum / divisor; the sum of squares of one block of the norm. */
  double finish(long sum, long g, long count, Quantum quantum, double divisor) {
    try {
      return (double) finish.invokeExact(sum, g, count, quantum.value(), divisor);
    } catch (Throwable e) {
      throw GeneratedCode.unexpected(e);
    }
  }

  /**
   * g = round(source / quantum) * quantum / divisor; the sum of squares of one block of the norm,
   * or {@link FixedPointCode#OUT_OF_RANGE}.
   */
  double through(long source, long g, long count, Quantum quantum, double divisor, float limit) {
    double inverse = quantum.inverse();
    try {
      return (double)
          through.invokeExact(source, g, count, inverse, quantum.value(), divisor, limit);
    } catch (Throwable e) {
      throw GeneratedCode.unexpected(e);
    }
  }

  /** The sum of squares of one block of the norm. */
  double squares(long g, long count) {
    try {
      return (double) squares.invokeExact(g, count);
    } catch (Throwable e) {
      throw GeneratedCode.unexpected(e);
    }
  }
}
