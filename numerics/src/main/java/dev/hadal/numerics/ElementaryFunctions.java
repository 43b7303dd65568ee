package dev.hadal.numerics;

/**
 * The elementary functions of the FP32 arithmetic. They are made of operations that vector lanes
 * round alike (additions, products, fused multiply-adds, divisions), so that a vector twin gives
 * the same bits.
 *
 * <p>exp: with n the integer nearest to x / ln 2, {@code exp(x) = 2^n exp(r)}, {@code r = x - n ln
 * 2} in two parts, and {@code exp(r) = 1 + (r + r^2 q(r))} with q of degree 4, fitted for the
 * smallest relative error over {@code |r| <= ln 2 / 2}. Adding 1.5 * 2^23 to a float rounds it to
 * an integer, which stays in the low bits of the sum.
 */
public final class ElementaryFunctions {
  /** Above this, exp is infinite. */
  public static final float EXP_HIGHEST = 0x1.62e42ep6f;

  /** Below this, exp is zero: results that would be subnormal are flushed. */
  public static final float EXP_LOWEST = -0x1.5d589ep6f;

  /** Rounds to an integer when added. */
  public static final float EXP_MAGIC = 0x1.8p23f;

  /** 1 / ln 2. */
  public static final float EXP_LOG2E = 0x1.715476p0f;

  /** The upper part of ln 2. */
  public static final float EXP_LN2_HIGH = 0x1.62e43p-1f;

  /** The lower part of ln 2. */
  public static final float EXP_LN2_LOW = -0x1.05c61p-29f;

  /** Coefficients of q. */
  public static final float EXP_Q0 = 0x1.fffffcp-2f;

  /** See {@link #EXP_Q0}. */
  public static final float EXP_Q1 = 0x1.555492p-3f;

  /** See {@link #EXP_Q0}. */
  public static final float EXP_Q2 = 0x1.5558bcp-5f;

  /** See {@link #EXP_Q0}. */
  public static final float EXP_Q3 = 0x1.1239c6p-7f;

  /** See {@link #EXP_Q0}. */
  public static final float EXP_Q4 = 0x1.6a4154p-10f;

  private ElementaryFunctions() {}

  /** e to the x, within 1 unit in the last place; zero where that is below the normal range. */
  public static float exp(float x) {
    if (!(x <= EXP_HIGHEST)) {
      return x + Float.POSITIVE_INFINITY;
    }
    if (x < EXP_LOWEST) {
      return 0;
    }
    float shifted = Math.fma(x, EXP_LOG2E, EXP_MAGIC);
    float n = shifted - EXP_MAGIC;
    float r = Math.fma(n, -EXP_LN2_LOW, Math.fma(n, -EXP_LN2_HIGH, x));
    float q = Math.fma(EXP_Q4, r, EXP_Q3);
    q = Math.fma(q, r, EXP_Q2);
    q = Math.fma(q, r, EXP_Q1);
    q = Math.fma(q, r, EXP_Q0);
    float mantissa = Math.fma(q, r * r, r) + 1;
    int scale = Float.floatToRawIntBits(shifted) << 23;
    return Float.intBitsToFloat(Float.floatToRawIntBits(mantissa) + scale);
  }

  /** 1 / (1 + exp(-x)), within 2.5 units in the last place where that is in the normal range. */
  public static float sigmoid(float x) {
    return 1 / (1 + exp(-x));
  }
}
