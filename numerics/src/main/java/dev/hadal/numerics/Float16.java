package dev.hadal.numerics;

/** The IEEE binary16 format: one sign, five exponent, ten mantissa bits, bias 15. */
public final class Float16 {
  private static final MiniFloat FORMAT = new MiniFloat(16, 10, -14, 0x7BFF, 0x7C00, 0x7E00);

  /** The largest finite value. */
  public static final float LARGEST = FORMAT.largest();

  private Float16() {}

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
