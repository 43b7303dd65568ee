package dev.hadal.model;

/** The OCP FP8 E4M3 format: no infinities, NaN is S.1111.111. */
final class E4M3 {
  private E4M3() {}

  /** The value of a code; exact. */
  static float decode(byte code) {
    int bits = code & 0x7F;
    int exponent = bits >> 3;
    int fraction = bits & 7;
    float magnitude =
        bits == 0x7F
            ? Float.NaN
            : exponent == 0
                ? Math.scalb((float) fraction, -9)
                : Math.scalb(1 + fraction / 8f, exponent - 7);
    return code < 0 ? -magnitude : magnitude;
  }
}
