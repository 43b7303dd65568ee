package dev.hadal.train;

import java.util.Locale;

/** Numbers as people read them; the same text in every locale. */
final class NumberText {
  private static final String[] SIZES = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

  private NumberText() {}

  /** An integer with thousands apart: {@code 1,234,567}. */
  static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  /** A count from 0 in three digits: {@code 950}, {@code 12.3 k}, {@code 4.56 M}. */
  static String shortCount(long count) {
    if (count < 1000) {
      return Long.toString(count);
    }
    String[] units = {"k", "M", "G", "T"};
    int unit = 0;
    double size = count / 1000.0;
    while (size >= 999.5 && unit < units.length - 1) {
      size /= 1000;
      unit++;
    }
    int decimals = size < 9.995 ? 2 : size < 99.95 ? 1 : 0;
    return decimals(size, decimals) + " " + units[unit];
  }

  /** Bytes in binary units: {@code 1.50 GiB}. */
  static String bytes(long bytes) {
    double value = bytes;
    int unit = 0;
    while (value >= 1024 && unit < SIZES.length - 1) {
      value /= 1024;
      unit++;
    }
    return decimals(value, unit == 0 ? 0 : value < 100 ? 2 : 1) + " " + SIZES[unit];
  }

  /** A number with so many decimals; words for numbers that are not finite. */
  static String decimals(double value, int decimals) {
    return Double.isFinite(value)
        ? String.format(Locale.ROOT, "%,." + decimals + "f", value)
        : Double.toString(value);
  }

  /** About four significant digits, with a power of ten where a plain number would be long. */
  static String significant(double value) {
    double size = Math.abs(value);
    if (!Double.isFinite(value) || value == 0) {
      return value == 0 ? "0" : Double.toString(value);
    }
    if (size < 1e-3 || size >= 1e7) {
      return String.format(Locale.ROOT, "%.2e", value).replaceFirst("e([+-])0", "e$1");
    }
    int whole = (int) Math.floor(StrictMath.log10(size)) + 1;
    return decimals(value, Math.clamp(4 - whole, 0, 6));
  }

  /** A share as a percentage: {@code 61.7 %}. */
  static String percent(double share) {
    return decimals(100 * share, 1) + " %";
  }

  /** A time as {@code 4:07} or {@code 1:04:07}; a dash where it is not known. */
  static String duration(double seconds) {
    if (!(seconds >= 0) || seconds > 1e9) {
      return "–";
    }
    long whole = Math.round(seconds);
    long hours = whole / 3600;
    return hours == 0
        ? String.format(Locale.ROOT, "%d:%02d", whole / 60, whole % 60)
        : String.format(Locale.ROOT, "%d:%02d:%02d", hours, whole / 60 % 60, whole % 60);
  }
}
