package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * The functions of {@link RowCode}. Arguments are addresses and numbers of floats that the caller
 * has validated and keeps reachable.
 */
final class RowFunctions {
  private final Later<MethodHandle> add;
  private final Later<MethodHandle> scale;
  private final Later<MethodHandle> round;
  private final Later<MethodHandle> dot;
  private final Later<MethodHandle> average;

  RowFunctions(CodeLoader loader) {
    add = GeneratedCode.function(loader, RowCode.ADD, RowCode::add);
    scale = GeneratedCode.function(loader, RowCode.SCALE, RowCode::scale);
    round = GeneratedCode.function(loader, RowCode.ROUND, RowCode::round);
    dot = GeneratedCode.function(loader, RowCode.DOT, RowCode::dot);
    average = GeneratedCode.function(loader, RowCode.AVERAGE, RowCode::average);
  }

  /** Why these functions cannot be made; empty if they can. */
  static Optional<String> obstacle(CodeLoader loader) {
    return GeneratedCode.obstacle(
        loader, RowCode.add(), RowCode.scale(), RowCode.round(), RowCode.dot(), RowCode.average());
  }

  /** out = a + b; out may be a or b. */
  void add(long a, long b, long out, long count) {
    try {
      add.get().invokeExact(a, b, out, count);
    } catch (Throwable e) {
      throw GeneratedCode.unexpected(e);
    }
  }

  /** out = factor * x; out may be x. */
  void scale(long x, long out, long count, float factor) {
    try {
      scale.get().invokeExact(x, out, count, factor);
    } catch (Throwable e) {
      throw GeneratedCode.unexpected(e);
    }
  }

  /** out = x rounded to BF16; out may be x. */
  void round(long x, long out, long count) {
    try {
      round.get().invokeExact(x, out, count);
    } catch (Throwable e) {
      throw GeneratedCode.unexpected(e);
    }
  }

  /** The sum of a[i] * b[i] by fma in the 16-lane layout. */
  float dot(long a, long b, long count) {
    try {
      return (float) dot.get().invokeExact(a, b, count);
    } catch (Throwable e) {
      throw GeneratedCode.unexpected(e);
    }
  }

  /** average = fma(old, average, fresh * x). */
  void average(long x, long average, long count, float old, float fresh) {
    try {
      this.average.get().invokeExact(x, average, count, old, fresh);
    } catch (Throwable e) {
      throw GeneratedCode.unexpected(e);
    }
  }
}
