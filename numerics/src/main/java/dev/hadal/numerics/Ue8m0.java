package dev.hadal.numerics;

/**
 * The scale format UE8M0 (OCP microscaling formats specification, E8M0): eight bits of exponent and
 * nothing else. Code c is 2^(c - 127); 255 is NaN. DeepSeek-V3.1 stores block scales so.
 */
public final class Ue8m0 {
  private static final int BIAS = 127;
  private static final int NAN = 0xFF;

  private Ue8m0() {}

  /**
   * The smallest power of two not below the value: a scale that leaves nothing out of range. Values
   * of 2^-126 and less, zero and negative ones too, become code 1, those above 2^127 code 254
   * (DeepGEMM, deep_gemm/utils/math.py); NaN becomes NaN.
   */
  public static byte encodeUp(float value) {
    if (Float.isNaN(value)) {
      return (byte) NAN;
    }
    int bits = Math.max(Float.floatToRawIntBits(value), 0);
    int exponent = (bits >>> 23) + ((bits & 0x7FFFFF) != 0 ? 1 : 0);
    return (byte) Math.clamp(exponent, 1, 254);
  }

  /** The power of two of a code; exact. */
  public static float decode(byte code) {
    int exponent = code & 0xFF;
    return exponent == NAN ? Float.NaN : Math.scalb(1f, exponent - BIAS);
  }
}
