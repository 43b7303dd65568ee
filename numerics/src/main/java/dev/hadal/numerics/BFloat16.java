package dev.hadal.numerics;

/** The BF16 format: the upper 16 bits of IEEE binary32. */
public final class BFloat16 {
  private BFloat16() {}

  /** The nearest BF16 code, ties to even; overflow goes to infinity, NaN to a quiet NaN. */
  public static short encode(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) ((bits >>> 16) | 0x0040);
    }
    return (short) ((bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16);
  }

  /** The value of a code; exact. */
  public static float decode(short code) {
    return Float.intBitsToFloat(code << 16);
  }

  /** The value rounded to BF16. */
  public static float round(float value) {
    return decode(encode(value));
  }
}
