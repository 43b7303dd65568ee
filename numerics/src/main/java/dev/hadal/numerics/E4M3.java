package dev.hadal.numerics;

/**
 * The FP8 format E4M3 (OCP 8-bit floating point specification): one sign, four exponent, three
 * mantissa bits, bias 7; no infinities, NaN is S.1111.111.
 */
public final class E4M3 {
  private static final MiniFloat FORMAT = new MiniFloat(8, 3, -6, 0x7E, 0x7F, 0x7F);

  /** The largest finite value. */
  public static final float LARGEST = FORMAT.largest();

  private E4M3() {}

  /** The nearest code, ties to even; what is out of range becomes the largest finite value. */
  public static byte encode(float value) {
    return (byte) FORMAT.encode(value);
  }

  /** The nearest code, ties to even; what rounds beyond the range becomes NaN. */
  public static byte encodeOverflowing(float value) {
    return (byte) FORMAT.encodeOverflowing(value);
  }

  /** The value of a code; exact. */
  public static float decode(byte code) {
    return FORMAT.decode(code);
  }
}
