package dev.hadal.kernels;

import static dev.hadal.kernels.Simd.FLOATS;
import static dev.hadal.kernels.Simd.INTS;
import static dev.hadal.kernels.Simd.WIDTH;

import dev.hadal.numerics.E4M3;
import dev.hadal.numerics.E5M6;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vector twin of {@link E4M3} and {@link E5M6}: a code in each lane of a vector of ints.
 *
 * <p>Encoding lets an addition round. To a magnitude with exponent e it adds the power of two whose
 * last place is worth one step of the format at e; the sum ends with the number of steps, rounded
 * ties to even. Below the format's least exponent e stays there, so subnormal codes are no case of
 * their own.
 *
 * @param bits of a code, the sign included
 * @param mantissaBits stored bits of the mantissa
 * @param leastExponent exponent of the smallest normal value
 * @param largest the largest finite value
 * @param largestCode its code; codes above are infinity and NaN
 * @param nanCode magnitude code of NaN
 */
record CodeLanes(
    int bits, int mantissaBits, int leastExponent, float largest, int largestCode, int nanCode) {
  /** The lanes of E4M3 codes, bytes. */
  static final CodeLanes E4M3_LANES = new CodeLanes(8, 3, -6, E4M3.LARGEST, 0x7E, 0x7F);

  /** The lanes of E5M6 codes, shorts. */
  static final CodeLanes E5M6_LANES = new CodeLanes(12, 6, -14, E5M6.LARGEST, 0x7BF, 0x7E0);

  private static final int MANTISSA_BITS = Float.PRECISION - 1;
  private static final int MAGNITUDE = 0x7FFFFFFF;
  private static final int INFINITY = 0x7F800000;

  private static final VectorSpecies<Short> SHORTS =
      VectorSpecies.of(short.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));

  /** A vector of bytes has eight or more of them. */
  private static final boolean NARROW = WIDTH < 8;

  static final VectorSpecies<Byte> BYTES =
      VectorSpecies.of(
          byte.class, VectorShape.forBitSize(Math.max(64, FLOATS.vectorBitSize() / 4)));

  /**
   * The nearest codes, ties to even; what is out of range becomes the largest finite value, and NaN
   * the one without a sign, because the sign of a NaN that arithmetic made is the processor's.
   */
  IntVector encode(FloatVector values) {
    int shift = MANTISSA_BITS - mantissaBits;
    int least = (leastExponent + Float.MAX_EXPONENT) << MANTISSA_BITS;
    IntVector raw = values.reinterpretAsInts();
    IntVector magnitude = raw.and(MAGNITUDE);
    IntVector finite = magnitude.min(Float.floatToRawIntBits(largest));
    IntVector exponent = finite.and(INFINITY).max(least);
    IntVector power = exponent.add(shift << MANTISSA_BITS);
    FloatVector sum = finite.reinterpretAsFloats().add(power.reinterpretAsFloats());
    IntVector steps = sum.reinterpretAsInts().sub(power);
    IntVector codes = exponent.sub(least).lanewise(VectorOperators.LSHR, shift).add(steps);
    IntVector sign = raw.lanewise(VectorOperators.LSHR, 32 - bits).and(1 << (bits - 1));
    return codes.or(sign).blend(nanCode, magnitude.compare(VectorOperators.GT, INFINITY));
  }

  /**
   * The values of codes; exact. Exponent and mantissa are put at binary32's places, subnormals too;
   * a power of two mends the bias.
   */
  FloatVector decode(IntVector codes) {
    int shift = MANTISSA_BITS - mantissaBits;
    float unbias = Math.scalb(1f, leastExponent - Float.MIN_EXPONENT);
    IntVector magnitude = codes.and((1 << (bits - 1)) - 1);
    IntVector sign = codes.and(1 << (bits - 1)).lanewise(VectorOperators.LSHL, 32 - bits);
    IntVector placed = magnitude.lanewise(VectorOperators.LSHL, shift).or(sign);
    FloatVector values =
        placed
            .blend(placed.or(INFINITY), magnitude.compare(VectorOperators.GT, largestCode))
            .reinterpretAsFloats()
            .mul(unbias);
    return values.blend(Float.NaN, values.compare(VectorOperators.NE, values));
  }

  /** Stores WIDTH codes at a byte offset, as many bytes each as a code needs. */
  void store(IntVector codes, MemorySegment to, long offset) {
    if (bits > 8) {
      storeShorts(codes, to, offset);
    } else if (!NARROW) {
      ByteVector bytes = (ByteVector) codes.convertShape(VectorOperators.I2B, BYTES, 0);
      bytes.intoMemorySegment(to, offset, ByteOrder.LITTLE_ENDIAN);
    } else {
      for (int lane = 0; lane < WIDTH; lane++) {
        to.set(Tensor.BYTE, offset + lane, (byte) codes.lane(lane));
      }
    }
  }

  /** Loads WIDTH codes from a byte offset; what is above their bits is undefined. */
  IntVector load(MemorySegment from, long offset) {
    if (bits > 8) {
      return loadShorts(from, offset);
    }
    if (!NARROW) {
      return (IntVector)
          ByteVector.fromMemorySegment(BYTES, from, offset, ByteOrder.LITTLE_ENDIAN)
              .convertShape(VectorOperators.B2I, INTS, 0);
    }
    int[] codes = new int[WIDTH];
    for (int lane = 0; lane < WIDTH; lane++) {
      codes[lane] = from.get(Tensor.BYTE, offset + lane);
    }
    return IntVector.fromArray(INTS, codes, 0);
  }

  /** Stores the lower halves of WIDTH ints at a byte offset. */
  static void storeShorts(IntVector values, MemorySegment to, long offset) {
    ShortVector shorts = (ShortVector) values.convertShape(VectorOperators.I2S, SHORTS, 0);
    shorts.intoMemorySegment(to, offset, ByteOrder.LITTLE_ENDIAN);
  }

  /** Loads WIDTH shorts from a byte offset, sign-extended. */
  static IntVector loadShorts(MemorySegment from, long offset) {
    return (IntVector)
        ShortVector.fromMemorySegment(SHORTS, from, offset, ByteOrder.LITTLE_ENDIAN)
            .convertShape(VectorOperators.S2I, INTS, 0);
  }
}
