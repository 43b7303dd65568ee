package dev.hadal.numerics;

/**
 * A binary floating-point format of a few bits: a sign, then an exponent and mantissa whose codes
 * count the magnitudes upwards from zero, subnormals first.
 *
 * @param mantissaBits stored bits of the mantissa
 * @param leastExponent exponent of the smallest normal value
 * @param largestCode magnitude code of the largest finite value
 */
record MiniFloat(int mantissaBits, int leastExponent, int largestCode) {
  /** The largest finite value. */
  float largest() {
    return decode(largestCode);
  }

  /** The value of a finite magnitude code; exact. */
  float decode(int magnitude) {
    // Exponent and mantissa at binary32's places, subnormals too; a power of two mends the bias.
    float biased = Float.intBitsToFloat(magnitude << (23 - mantissaBits));
    return biased * Math.scalb(1f, leastExponent - Float.MIN_EXPONENT);
  }

  /** The magnitude code nearest to a value that is not NaN, ties to even, saturating. */
  int encode(float value) {
    float magnitude = Math.min(Math.abs(value), largest());
    int exponent = Math.max(Math.getExponent(magnitude), leastExponent);
    // In units of the last place: a carry out of the mantissa is the next exponent's first code.
    int steps = (int) Math.rint(Math.scalb((double) magnitude, mantissaBits - exponent));
    return ((exponent - leastExponent) << mantissaBits) + steps;
  }
}
