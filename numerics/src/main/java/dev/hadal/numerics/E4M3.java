package dev.hadal.numerics;

/**
 * The FP8 format E4M3 (OCP 8-bit floating point specification): one sign, four exponent, three
 * mantissa bits, bias 7; no infinities, NaN is S.1111.111.
 */
public final class E4M3 {
  private static final MiniFloat FORMAT = new MiniFloat(3, -6, 0x7E);
  private static final int NAN = 0x7F;

  /** The largest finite value. */
  public static final float LARGEST = FORMAT.largest();

  private E4M3() {}

  /** The nearest code, ties to even; what is out of range becomes the largest finite value. */
  public static byte encode(float value) {
    int sign = Float.floatToRawIntBits(value) < 0 ? 0x80 : 0;
    return (byte) (sign | (Float.isNaN(value) ? NAN : FORMAT.encode(value)));
  }

  /** The value of a code; exact. */
  public static float decode(byte code) {
    int magnitude = code & 0x7F;
    float value = magnitude == NAN ? Float.NaN : FORMAT.decode(magnitude);
    return code < 0 ? -value : value;
  }
}
