package dev.hadal.train;

/** Checks of configuration values; messages name field, rule and value. */
final class Rules {
  private Rules() {}

  static void integer(String field, long value, long least, long most) {
    if (value < least || value > most) {
      throw invalid(field, "%d to %d".formatted(least, most), value);
    }
  }

  /** A number in [least, most]. */
  static void number(String field, double value, double least, double most) {
    if (!(value >= least && value <= most)) {
      throw invalid(field, "%s to %s".formatted(least, most), value);
    }
  }

  /** A finite number above 0. */
  static void positive(String field, double value) {
    if (!(value > 0) || !Double.isFinite(value)) {
      throw invalid(field, "a number above 0", value);
    }
  }

  static TrainException invalid(String field, String expected, Object found) {
    return new TrainException("%s: expected %s, found %s".formatted(field, expected, found));
  }
}
