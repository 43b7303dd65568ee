package dev.hadal.numerics;

/**
 * The FP8 format E5M2 (OCP 8-bit floating point specification): one sign, five exponent, two
 * mantissa bits, bias 15; infinities and NaN as in IEEE formats. Saturating conversion encodes NaN
 * as all ones, as PyTorch does.
 */
public final class E5M2 {
  private static final MiniFloat FORMAT = new MiniFloat(8, 2, -14, 0x7B, 0x7C, 0x7F);

  /** The largest finite value. */
  public static final float LARGEST = FORMAT.largest();

  private E5M2() {}

  /** The nearest code, ties to even; what is out of range becomes the largest finite value. */
  public static byte encode(float value) {
    return (byte) FORMAT.encode(value);
  }

  /** The nearest code, ties to even; what rounds beyond the range becomes infinity. */
  public static byte encodeOverflowing(float value) {
    return (byte) FORMAT.encodeOverflowing(value);
  }

  /** The value of a code; exact. */
  public static float decode(byte code) {
    return FORMAT.decode(code);
  }
}
