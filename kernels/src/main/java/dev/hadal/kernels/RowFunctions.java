package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * The functions of {@link RowCode}. Arguments are addresses and numbers of floats that the caller
 * has validated and keeps reachable.
 */
final class RowFunctions {
  private final MethodHandle add;
  private final MethodHandle scale;
  private final MethodHandle round;
  private final MethodHandle dot;
  private final MethodHandle average;

  RowFunctions(CodeLoader loader) {
    Arena arena = Arena.global();
    add = loader.load(RowCode.add(), RowCode.ADD, arena);
    scale = loader.load(RowCode.scale(), RowCode.SCALE, arena);
    round = loader.load(RowCode.round(), RowCode.ROUND, arena);
    dot = loader.load(RowCode.dot(), RowCode.DOT, arena);
    average = loader.load(RowCode.average(), RowCode.AVERAGE, arena);
  }

  /** Why these functions cannot be made; empty if they can. */
  static Optional<String> obstacle(CodeLoader loader) {
    return GeneratedCode.obstacle(
        loader, RowCode.add(), RowCode.scale(), RowCode.round(), RowCode.dot(), RowCode.average());
  }

  /** out = a + b; out may be a or b. */
  void add(long a, long b, long out, long count) {
    try {
      add.invokeExact(a, b, out, count);
    } catch (Throwable e) {
      throw GeneratedCode.unexpected(e);
    }
  }

  /** out = factor * x; out may be x. */
  void scale(long x, long out, long count, float factor) {
    try {
      scale.invokeExact(x, out, count, factor);
    } catch (Throwable e) {
      throw GeneratedCode.unexpected(e);
    }
  }

  /** out = x rounded to BF16; out may be x. */
  void round(long x, long out, long count) {
    try {
      round.invokeExact(x, out, count);
    } catch (Throwable e) {
      throw GeneratedCode.unexpected(e);
    }
  }

  /** The sum of a[i] * b[i] by fma in the 16-lane layout. */
  float dot(long a, long b, long count) {
    try {
      return (float) dot.invokeExact(a, b, count);
    } catch (Throwable e) {
      throw GeneratedCode.unexpected(e);
    }
  }

  /** average = fma(old, average, fresh * x). */
  void average(long x, long average, long count, float old, float fresh) {
    try {
      this.average.invokeExact(x, average, count, old, fresh);
    } catch (Throwable e) {
      throw GeneratedCode.unexpected(e);
    }
  }
}
