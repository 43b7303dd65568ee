package dev.hadal.format;

/**
 * A JSON number with a fraction or an exponent, or an integer beyond 64 bits, as the nearest
 * binary64 value.
 *
 * @param value the number; finite, because JSON has no infinities and no NaN
 */
public record JsonDecimal(double value) implements JsonValue {
  /** Checks that JSON can write the number. */
  public JsonDecimal {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException("JSON number: expected a finite value, got " + value);
    }
  }
}
