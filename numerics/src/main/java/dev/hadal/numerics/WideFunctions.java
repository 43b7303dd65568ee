package dev.hadal.numerics;

/**
 * Functions of binary32 numbers that are computed in binary64 and rounded once, within 0.501 units
 * in the last place. As those of {@link ElementaryFunctions} they are made of operations that
 * vector lanes round alike, so that a vector twin gives the same bits.
 *
 * <p>log: {@code x = 2^n m} with m between the roots of 1/2 and 2; {@code log m = 2 artanh(s)} with
 * {@code s = (m - 1) / (m + 1)}, whose series in s^2 ends after eight terms, as s^2 is below 0.03.
 *
 * <p>sin, cos: with k the integer nearest to x / (pi / 2), {@code r = x - k pi / 2} in two parts;
 * the series of sine or cosine in r^2, and the quadrant k mod 4 says which and with what sign.
 * Beyond {@link #REDUCIBLE} two parts of pi / 2 do not suffice, and the platform's exact reduction
 * is used.
 */
public final class WideFunctions {
  /** Rounds a double of magnitude below 2^51 to an integer when added. */
  public static final double MAGIC = 0x1.8p52;

  /** The bits of the root of 1/2, from which mantissas are counted. */
  public static final long ROOT_HALF_BITS = 0x3FE6A09E667F3BCDL;

  /** ln 2. */
  public static final double LN2 = 0x1.62e42fefa39efp-1;

  /** 2 / pi. */
  public static final double TWO_OVER_PI = 0x1.45f306dc9c883p-1;

  /** The upper part of pi / 2. */
  public static final double HALF_PI_HIGH = 0x1.921fb54442d18p0;

  /** The lower part of pi / 2. */
  public static final double HALF_PI_LOW = 0x1.1a62633145c07p-54;

  /** The largest magnitude whose multiple of pi / 2 is removed in two parts. */
  public static final float REDUCIBLE = 0x1p28f;

  private static final int LOG_TERMS = 8;
  private static final int SINE_TERMS = 7;

  private WideFunctions() {}

  /** Coefficients of artanh(s) / s in s^2, the highest first: 1 / (2 i + 1). */
  public static double[] artanhSeries() {
    double[] series = new double[LOG_TERMS + 1];
    for (int i = 0; i <= LOG_TERMS; i++) {
      series[LOG_TERMS - i] = 1.0 / (2 * i + 1);
    }
    return series;
  }

  /** Coefficients of sin(r) / r in r^2, the highest first: (-1)^i / (2 i + 1)!. */
  public static double[] sineSeries() {
    return alternatingFactorials(1);
  }

  /** Coefficients of cos(r) in r^2, the highest first: (-1)^i / (2 i)!. */
  public static double[] cosineSeries() {
    return alternatingFactorials(0);
  }

  private static double[] alternatingFactorials(int first) {
    double[] series = new double[SINE_TERMS + 1];
    double term = 1;
    for (int i = 0; i <= SINE_TERMS; i++) {
      series[SINE_TERMS - i] = term;
      term /= -(2.0 * i + first + 1) * (2 * i + first + 2);
    }
    return series;
  }

  // Never changed, and never handed out.
  private static final double[] ARTANH = artanhSeries();
  private static final double[] SINE = sineSeries();
  private static final double[] COSINE = cosineSeries();

  private static double polynomial(double[] series, double x) {
    double sum = series[0];
    for (int i = 1; i < series.length; i++) {
      sum = Math.fma(sum, x, series[i]);
    }
    return sum;
  }

  /** The natural logarithm. */
  public static float log(float x) {
    if (!(x > 0) || x == Float.POSITIVE_INFINITY) {
      return x == 0 ? Float.NEGATIVE_INFINITY : x < 0 ? Float.NaN : x;
    }
    long bits = Double.doubleToRawLongBits(x);
    long n = (bits - ROOT_HALF_BITS) >> 52;
    double m = Double.longBitsToDouble(bits - (n << 52));
    double s = (m - 1) / (m + 1);
    return (float) Math.fma((double) n, LN2, 2 * s * polynomial(ARTANH, s * s));
  }

  /** The sine of an angle in radians. */
  public static float sin(float x) {
    return Math.abs(x) <= REDUCIBLE ? turned(x, 0) : (float) StrictMath.sin(x);
  }

  /** The cosine of an angle in radians. */
  public static float cos(float x) {
    return Math.abs(x) <= REDUCIBLE ? turned(x, 1) : (float) StrictMath.cos(x);
  }

  /** sin(x + quarters pi / 2). */
  private static float turned(float x, int quarters) {
    double shifted = Math.fma((double) x, TWO_OVER_PI, MAGIC);
    double k = shifted - MAGIC;
    double r = Math.fma(-k, HALF_PI_LOW, Math.fma(-k, HALF_PI_HIGH, x));
    long quadrant = Double.doubleToRawLongBits(shifted) + quarters;
    double z = r * r;
    double value = (quadrant & 1) == 0 ? r * polynomial(SINE, z) : polynomial(COSINE, z);
    return (float) ((quadrant & 2) == 0 ? value : -value);
  }
}
