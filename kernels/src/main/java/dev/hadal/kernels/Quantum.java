package dev.hadal.kernels;

/**
 * The unit of fixed-point sums.
 *
 * @param value a power of two above 2^-512
 * @param inverse 1 / value, exact
 */
record Quantum(double value, double inverse) {
  /** Checks the value. */
  static Quantum of(double value) {
    double inverse = 1 / value;
    if (!(value > 0) || Math.getExponent(inverse) > 512 || inverse * value != 1) {
      throw new IllegalArgumentException(
          "fixed point: expected a power of two above 2^-512, got " + value);
    }
    return new Quantum(value, inverse);
  }

  /** What values must stay below in a sum of so many segments. */
  float limit(int segments) {
    float limit = (float) (0x1p63 / segments * value);
    return limit * inverse < 0x1p63 / segments ? Math.nextUp(limit) : limit;
  }
}
