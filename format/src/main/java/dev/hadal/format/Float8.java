package dev.hadal.format;

/**
 * The two FP8 formats of checkpoint files (OCP 8-bit floating point specification). Decoding is
 * exact; encoding rounds to nearest, ties to even, and values out of range become the largest
 * finite value of their sign.
 */
enum Float8 {
  /** One sign, four exponent, three mantissa bits; no infinities, NaN is S.1111.111. */
  E4M3(3, -6, 0x7E),
  /** One sign, five exponent, two mantissa bits; infinities and NaN as in IEEE formats. */
  E5M2(2, -14, 0x7B);

  private static final byte NAN = 0x7F;

  private final int mantissaBits;
  private final int leastExponent;
  private final int largestCode;

  Float8(int mantissaBits, int leastExponent, int largestCode) {
    this.mantissaBits = mantissaBits;
    this.leastExponent = leastExponent;
    this.largestCode = largestCode;
  }

  float decode(byte code) {
    int magnitude = code & 0x7F;
    float value;
    if (magnitude <= largestCode) {
      value = finite(magnitude);
    } else if (this == E5M2 && magnitude == largestCode + 1) {
      value = Float.POSITIVE_INFINITY;
    } else {
      return Float.NaN;
    }
    return code < 0 ? -value : value;
  }

  /** Exponent and mantissa at binary32's places, subnormals too; a power of two mends the bias. */
  private float finite(int magnitude) {
    float biased = Float.intBitsToFloat(magnitude << (23 - mantissaBits));
    return biased * Math.scalb(1f, leastExponent - Float.MIN_EXPONENT);
  }

  byte encode(float value) {
    int sign = (Float.floatToRawIntBits(value) >>> 24) & 0x80;
    if (Float.isNaN(value)) {
      return (byte) (sign | NAN);
    }
    float magnitude = Math.min(Math.abs(value), finite(largestCode));
    int exponent = Math.max(Math.getExponent(magnitude), leastExponent);
    // In units of the last place: a carry out of the mantissa is the next exponent's first code.
    int steps = (int) Math.rint(Math.scalb((double) magnitude, mantissaBits - exponent));
    return (byte) (sign | (((exponent - leastExponent) << mantissaBits) + steps));
  }
}
