package dev.hadal.kernels;

import static dev.hadal.kernels.Simd.FLOATS;
import static dev.hadal.kernels.Simd.INTS;
import static dev.hadal.kernels.Simd.WIDTH;

import dev.hadal.numerics.BFloat16;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vector twin of {@link BFloat16}: rows of floats rounded to, read from and written as BF16.
 */
final class BFloat16Rows {
  /** Shorts of half the width, as many as floats. */
  static final VectorSpecies<Short> SHORTS =
      VectorSpecies.of(short.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));

  private BFloat16Rows() {}

  /** Each lane rounded to BF16, ties to even; NaN becomes a quiet NaN. */
  static FloatVector round(FloatVector x) {
    IntVector bits = x.reinterpretAsInts();
    IntVector odd = bits.lanewise(VectorOperators.LSHR, 16).and(1);
    FloatVector rounded = bits.add(0x7FFF).add(odd).and(0xFFFF0000).reinterpretAsFloats();
    FloatVector quiet = bits.and(0xFFFF0000).or(0x00400000).reinterpretAsFloats();
    return rounded.blend(quiet, x.test(VectorOperators.IS_NAN));
  }

  /** Rounds n values in place. */
  static void round(float[] values, int at, int n) {
    int i = 0;
    for (; i <= n - WIDTH; i += WIDTH) {
      round(FloatVector.fromArray(FLOATS, values, at + i)).intoArray(values, at + i);
    }
    for (; i < n; i++) {
      values[at + i] = BFloat16.round(values[at + i]);
    }
  }

  /** Reads n BF16 values. */
  static void read(MemorySegment from, long offset, float[] to, int at, int n) {
    int i = 0;
    for (; i <= n - WIDTH; i += WIDTH) {
      ShortVector codes =
          ShortVector.fromMemorySegment(SHORTS, from, offset + 2L * i, ByteOrder.LITTLE_ENDIAN);
      ((IntVector) codes.convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0))
          .lanewise(VectorOperators.LSHL, 16)
          .reinterpretAsFloats()
          .intoArray(to, at + i);
    }
    for (; i < n; i++) {
      to[at + i] = BFloat16.decode(from.get(Tensor.SHORT, offset + 2L * i));
    }
  }

  /** Writes n values rounded to BF16. */
  static void write(float[] from, int at, MemorySegment to, long offset, int n) {
    int i = 0;
    for (; i <= n - WIDTH; i += WIDTH) {
      IntVector codes =
          round(FloatVector.fromArray(FLOATS, from, at + i))
              .reinterpretAsInts()
              .lanewise(VectorOperators.LSHR, 16);
      ((ShortVector) codes.convertShape(VectorOperators.I2S, SHORTS, 0))
          .intoMemorySegment(to, offset + 2L * i, ByteOrder.LITTLE_ENDIAN);
    }
    for (; i < n; i++) {
      to.set(Tensor.SHORT, offset + 2L * i, BFloat16.encode(from[at + i]));
    }
  }
}
