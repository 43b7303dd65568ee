package dev.hadal.numerics;

/**
 * The 12-bit format E5M6 in which attention's output is kept for backward (DeepSeek-V3 report
 * §3.3.3). The report gives only the widths of its fields; here bias 15 and, as in IEEE formats,
 * the largest exponent for infinity and NaN. A code is the lower 12 bits of a short.
 */
public final class E5M6 {
  private static final MiniFloat FORMAT = new MiniFloat(12, 6, -14, 0x7BF, 0x7C0, 0x7E0);

  /** The largest finite value. */
  public static final float LARGEST = FORMAT.largest();

  private E5M6() {}

  /** The nearest code, ties to even; what is out of range becomes the largest finite value. */
  public static short encode(float value) {
    return (short) FORMAT.encode(value);
  }

  /** The nearest code, ties to even; what rounds beyond the range becomes infinity. */
  public static short encodeOverflowing(float value) {
    return (short) FORMAT.encodeOverflowing(value);
  }

  /** The value of a code; exact. */
  public static float decode(short code) {
    return FORMAT.decode(code);
  }
}
