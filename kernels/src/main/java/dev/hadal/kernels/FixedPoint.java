package dev.hadal.kernels;

import static dev.hadal.kernels.Simd.FLOATS;
import static dev.hadal.kernels.Simd.LANES;

import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Floats to 64-bit multiples of a quantum and back, in binary64 vectors; and the squares of the
 * global norm.
 *
 * <p>Adding {@code M = 1.5 * 2^52} to a double of magnitude below 2^51 rounds it to the nearest
 * integer, ties to even, and leaves that integer in the low bits of the sum: rounding is (x + M) -
 * M, and the integer is the difference of the bit patterns. So neither direction needs conversion
 * instructions between 64-bit integers and doubles, which few machines have in vectors. A float of
 * 24 significant bits and magnitude from 2^51 is an integer already.
 */
final class FixedPoint {
  private static final VectorSpecies<Double> DOUBLES = FLOATS.withLanes(double.class);
  private static final VectorSpecies<Long> LONGS = FLOATS.withLanes(long.class);
  private static final VectorSpecies<Float> HALF =
      VectorSpecies.of(float.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));
  private static final int WIDTH = DOUBLES.length();
  private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;
  private static final double MAGIC = 0x1.8p52;
  private static final long MAGIC_BITS = Double.doubleToRawLongBits(MAGIC);
  private static final double INTEGERS = 0x1p51;

  private final double quantum;
  private final double inverse;

  FixedPoint(Quantum quantum) {
    this.quantum = quantum.value();
    this.inverse = quantum.inverse();
  }

  /** The largest magnitude, NaN if there is any. */
  static float largest(MemorySegment g, long from, long to) {
    IntVector largest = IntVector.zero(Simd.INTS);
    long i = from;
    for (; i <= to - Simd.WIDTH; i += Simd.WIDTH) {
      largest = largest.max(Simd.load(g, 4 * i).reinterpretAsInts().and(0x7FFFFFFF));
    }
    int bits = largest.reduceLanes(VectorOperators.MAX);
    for (; i < to; i++) {
      bits = Math.max(bits, g.get(Tensor.INT, 4 * i) & 0x7FFFFFFF);
    }
    return Float.intBitsToFloat(bits);
  }

  private static DoubleVector load(MemorySegment g, long offset) {
    return (DoubleVector)
        FloatVector.fromMemorySegment(HALF, g, offset, LITTLE)
            .convertShape(VectorOperators.F2D, DOUBLES, 0);
  }

  private static void store(DoubleVector values, MemorySegment g, long offset) {
    ((FloatVector) values.convertShape(VectorOperators.D2F, HALF, 0))
        .intoMemorySegment(g, offset, LITTLE);
  }

  /** sum = g / quantum, all of them below the limit. */
  void begin(MemorySegment g, MemorySegment sum, float largest, long from, long to) {
    long i = from;
    if (largest * inverse < INTEGERS) {
      for (; i <= to - WIDTH; i += WIDTH) {
        LongVector rounded = load(g, 4 * i).mul(inverse).add(MAGIC).reinterpretAsLongs();
        rounded.sub(MAGIC_BITS).intoMemorySegment(sum, 8 * i, LITTLE);
      }
    }
    for (; i < to; i++) {
      sum.set(Tensor.LONG, 8 * i, (long) Math.rint(g.get(Tensor.FLOAT, 4 * i) * inverse));
    }
  }

  /** sum += g / quantum, all of them below the limit. */
  void accumulate(MemorySegment g, MemorySegment sum, float largest, long from, long to) {
    long i = from;
    if (largest * inverse < INTEGERS) {
      for (; i <= to - WIDTH; i += WIDTH) {
        LongVector rounded = load(g, 4 * i).mul(inverse).add(MAGIC).reinterpretAsLongs();
        LongVector old = LongVector.fromMemorySegment(LONGS, sum, 8 * i, LITTLE);
        old.add(rounded.sub(MAGIC_BITS)).intoMemorySegment(sum, 8 * i, LITTLE);
      }
    }
    for (; i < to; i++) {
      long rounded = (long) Math.rint(g.get(Tensor.FLOAT, 4 * i) * inverse);
      sum.set(Tensor.LONG, 8 * i, sum.get(Tensor.LONG, 8 * i) + rounded);
    }
  }

  /** g = sum * quantum / divisor. */
  void toFloats(MemorySegment sum, double divisor, MemorySegment g, long from, long to) {
    long i = from;
    for (; i <= to - WIDTH; i += WIDTH) {
      LongVector integers = LongVector.fromMemorySegment(LONGS, sum, 8 * i, LITTLE);
      VectorMask<Long> large =
          integers.add(1L << 51).lanewise(VectorOperators.LSHR, 52).compare(VectorOperators.NE, 0L);
      if (large.anyTrue()) {
        toFloatElements(sum, divisor, g, i, i + WIDTH);
      } else {
        DoubleVector exact = integers.add(MAGIC_BITS).reinterpretAsDoubles().sub(MAGIC);
        store(exact.mul(quantum).div(divisor), g, 4 * i);
      }
    }
    toFloatElements(sum, divisor, g, i, to);
  }

  private void toFloatElements(
      MemorySegment sum, double divisor, MemorySegment g, long from, long to) {
    for (long i = from; i < to; i++) {
      float value = (float) ((double) sum.get(Tensor.LONG, 8 * i) * quantum / divisor);
      g.set(Tensor.FLOAT, 4 * i, value);
    }
  }

  /**
   * g = round(source / quantum) * quantum / divisor, all of them below the limit; both may be the
   * same.
   */
  void through(MemorySegment source, double divisor, MemorySegment g, long from, long to) {
    long i = from;
    for (; i <= to - WIDTH; i += WIDTH) {
      DoubleVector exact = load(source, 4 * i).mul(inverse);
      DoubleVector rounded = exact.add(MAGIC).sub(MAGIC);
      VectorMask<Double> integer = exact.abs().compare(VectorOperators.GE, INTEGERS);
      store(rounded.blend(exact, integer).mul(quantum).div(divisor), g, 4 * i);
    }
    for (; i < to; i++) {
      double rounded = Math.rint(source.get(Tensor.FLOAT, 4 * i) * inverse) + 0.0;
      g.set(Tensor.FLOAT, 4 * i, (float) (rounded * quantum / divisor));
    }
  }

  /** The sum of squares of one block, by fma over 16 lanes with the fixed tree. */
  static double squares(MemorySegment g, long from, long to) {
    double[] lanes = new double[LANES];
    int n = (int) (to - from);
    int whole = n & -LANES;
    for (int lane = 0; lane < LANES; lane += WIDTH) {
      squareLanes(g, 4 * from, lane, whole, lanes);
    }
    for (int i = whole; i < n; i++) {
      double x = g.get(Tensor.FLOAT, 4 * (from + i));
      lanes[i - whole] = Math.fma(x, x, lanes[i - whole]);
    }
    return tree(lanes);
  }

  private static double tree(double[] lanes) {
    for (int half = LANES / 2; half > 0; half /= 2) {
      for (int lane = 0; lane < half; lane++) {
        lanes[lane] += lanes[lane + half];
      }
    }
    return lanes[0];
  }

  private static void squareLanes(MemorySegment g, long base, int lane, int whole, double[] lanes) {
    DoubleVector sum = DoubleVector.zero(DOUBLES);
    for (int i = lane; i < whole; i += LANES) {
      DoubleVector x = load(g, base + 4L * i);
      sum = x.fma(x, sum);
    }
    sum.intoArray(lanes, lane);
  }
}
