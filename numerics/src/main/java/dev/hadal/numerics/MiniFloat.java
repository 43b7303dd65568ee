package dev.hadal.numerics;

/**
 * A binary floating-point format of a few bits: a sign, then an exponent and mantissa whose codes
 * count the magnitudes upwards from zero, subnormals first. Codes above the largest finite
 * magnitude are infinity, where the format has one, and NaN.
 *
 * @param bits of a code, the sign included
 * @param mantissaBits stored bits of the mantissa
 * @param leastExponent exponent of the smallest normal value
 * @param largestCode magnitude code of the largest finite value
 * @param overflowCode magnitude code of what IEEE rounding makes of values beyond it: infinity, or
 *     NaN in a format without infinities
 * @param nanCode magnitude code that saturating conversion makes of NaN
 */
record MiniFloat(
    int bits, int mantissaBits, int leastExponent, int largestCode, int overflowCode, int nanCode) {
  private int signBit() {
    return 1 << (bits - 1);
  }

  /** The largest finite value. */
  float largest() {
    return finite(largestCode);
  }

  /** The value of a code; exact. */
  float decode(int code) {
    int magnitude = code & (signBit() - 1);
    float value;
    if (magnitude <= largestCode) {
      value = finite(magnitude);
    } else if (magnitude == overflowCode && hasInfinity()) {
      value = Float.POSITIVE_INFINITY;
    } else {
      return Float.NaN;
    }
    return (code & signBit()) != 0 ? -value : value;
  }

  /** The nearest code, ties to even; what is out of range becomes the largest finite value. */
  int encode(float value) {
    if (Float.isNaN(value)) {
      return sign(value) | nanCode;
    }
    return sign(value) | nearest(Math.min(Math.abs(value), largest()));
  }

  /** The nearest code, ties to even; what rounds beyond the range overflows. */
  int encodeOverflowing(float value) {
    if (Float.isNaN(value)) {
      return sign(value) | quietNan();
    }
    // One step beyond the largest value is twice its exponent at most: no need to look further.
    int nearest = nearest(Math.min(Math.abs(value), 2 * largest()));
    return sign(value) | (nearest > largestCode ? overflowCode : nearest);
  }

  private boolean hasInfinity() {
    return overflowCode != nanCode;
  }

  /** As IEEE formats have it, where there is an infinity. */
  private int quietNan() {
    return hasInfinity() ? overflowCode | 1 << (mantissaBits - 1) : nanCode;
  }

  private int sign(float value) {
    return Float.floatToRawIntBits(value) < 0 ? signBit() : 0;
  }

  /** Exponent and mantissa at binary32's places, subnormals too; a power of two mends the bias. */
  private float finite(int magnitude) {
    float biased = Float.intBitsToFloat(magnitude << (23 - mantissaBits));
    return biased * Math.scalb(1f, leastExponent - Float.MIN_EXPONENT);
  }

  private int nearest(float magnitude) {
    int exponent = Math.max(Math.getExponent(magnitude), leastExponent);
    // In units of the last place: a carry out of the mantissa is the next exponent's first code.
    int steps = (int) Math.rint(Math.scalb((double) magnitude, mantissaBits - exponent));
    return ((exponent - leastExponent) << mantissaBits) + steps;
  }
}
