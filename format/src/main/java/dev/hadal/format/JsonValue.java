package dev.hadal.format;

/**
 * An immutable JSON tree (RFC 8259): what {@link Json} reads and writes. Integers that fit 64 bits
 * and all other numbers are kept apart, so that nothing is rounded on the way from file to file
 * unless the file itself asks for more than binary64.
 */
public sealed interface JsonValue
    permits JsonObject, JsonArray, JsonString, JsonInteger, JsonDecimal, JsonBool, JsonNull {

  /** What this value is, for messages: {@code an integer}, {@code a string} and so on. */
  default String kind() {
    return switch (this) {
      case JsonObject _ -> "an object";
      case JsonArray _ -> "an array";
      case JsonString _ -> "a string";
      case JsonInteger _ -> "an integer";
      case JsonDecimal _ -> "a number";
      case JsonBool _ -> "true or false";
      case JsonNull _ -> "null";
    };
  }

  /** The value itself for messages: scalars as written and shortened, containers by kind. */
  default String describe() {
    return switch (this) {
      case JsonObject _, JsonArray _ -> kind();
      case JsonString(String value) -> Quoting.quote(value);
      case JsonInteger(long value) -> Long.toString(value);
      case JsonDecimal(double value) -> Double.toString(value);
      case JsonBool(boolean value) -> Boolean.toString(value);
      case JsonNull _ -> "null";
    };
  }
}
