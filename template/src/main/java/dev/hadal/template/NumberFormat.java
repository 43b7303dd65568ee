package dev.hadal.template;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/** Numbers in the presentations of Python's format strings, exactly rounded, without sign. */
final class NumberFormat {
  private static final int MOST_DIGITS = 500;
  private static final int USUAL_DIGITS = 6;

  private NumberFormat() {}

  /** An integer in the base that a presentation type means. */
  static String integer(long magnitude, char type, boolean prefixed) {
    return switch (type) {
      case 'x' -> (prefixed ? "0x" : "") + Long.toUnsignedString(magnitude, 16);
      case 'X' ->
          (prefixed ? "0X" : "") + Long.toUnsignedString(magnitude, 16).toUpperCase(Locale.ROOT);
      case 'o' -> (prefixed ? "0o" : "") + Long.toUnsignedString(magnitude, 8);
      case 'b' -> (prefixed ? "0b" : "") + Long.toUnsignedString(magnitude, 2);
      default -> Long.toUnsignedString(magnitude);
    };
  }

  /**
   * A number with a fraction.
   *
   * @param digits the precision, or less than 0 for the usual one
   */
  static String fraction(double magnitude, char type, int digits) {
    if (digits > MOST_DIGITS) {
      throw Failure.limit("digits of a number", MOST_DIGITS);
    }
    String text = lower(magnitude, Character.toLowerCase(type), digits < 0 ? USUAL_DIGITS : digits);
    return Character.isUpperCase(type) ? text.toUpperCase(Locale.ROOT) : text;
  }

  private static String lower(double magnitude, char type, int digits) {
    if (!Double.isFinite(magnitude)) {
      return Double.isNaN(magnitude) ? "nan" : "inf";
    }
    BigDecimal exact = new BigDecimal(magnitude);
    return switch (type) {
      case 'e' -> exponential(exact, digits);
      case 'g' -> general(exact, Math.max(1, digits));
      default -> exact.setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
    };
  }

  private static String exponential(BigDecimal exact, int digits) {
    if (exact.signum() == 0) {
      return (digits > 0 ? "0." + "0".repeat(digits) : "0") + "e+00";
    }
    BigDecimal rounded = exact.round(new MathContext(digits + 1, RoundingMode.HALF_EVEN));
    int exponent = rounded.precision() - rounded.scale() - 1;
    String mantissa =
        rounded.movePointLeft(exponent).setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
    return mantissa + exponent(exponent);
  }

  /** An exponent as it is written, with its sign and at least two digits. */
  static String exponent(int exponent) {
    return (exponent < 0 ? "e-" : "e+") + twoDigits(Math.abs(exponent));
  }

  /** At least two digits, and Latin ones in every language of the machine. */
  static String twoDigits(int number) {
    return number < 10 ? "0" + number : Integer.toString(number);
  }

  private static String general(BigDecimal exact, int digits) {
    if (exact.signum() == 0) {
      return "0";
    }
    BigDecimal rounded = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
    int exponent = rounded.precision() - rounded.scale() - 1;
    BigDecimal shortest = rounded.stripTrailingZeros();
    return exponent < -4 || exponent >= digits
        ? exponential(rounded, shortest.precision() - 1)
        : shortest.toPlainString();
  }

  /** Separators between groups of three digits before the point. */
  static String grouped(String digits, char separator) {
    int end = 0;
    while (end < digits.length() && Character.isDigit(digits.charAt(end))) {
      end++;
    }
    StringBuilder out = new StringBuilder(digits);
    for (int at = end - 3; at > 0; at -= 3) {
      out.insert(at, separator);
    }
    return out.toString();
  }
}
