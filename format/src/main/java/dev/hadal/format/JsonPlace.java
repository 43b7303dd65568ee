package dev.hadal.format;

/** A value with its origin: the typed views that both containers offer. */
record JsonPlace(JsonValue value, JsonOrigin origin) {

  long asLong() {
    if (value instanceof JsonInteger(long number)) {
      return number;
    }
    throw expected("an integer");
  }

  int asInt() {
    long number = asLong();
    if (number < Integer.MIN_VALUE || number > Integer.MAX_VALUE) {
      throw expected("a 32-bit integer");
    }
    return (int) number;
  }

  double asDouble() {
    return switch (value) {
      case JsonDecimal(double number) -> number;
      case JsonInteger(long number) -> (double) number;
      default -> throw expected("a number");
    };
  }

  boolean asBoolean() {
    if (value instanceof JsonBool(boolean truth)) {
      return truth;
    }
    throw expected("true or false");
  }

  String asString() {
    if (value instanceof JsonString(String text)) {
      return text;
    }
    throw expected("a string");
  }

  JsonObject asObject() {
    if (value instanceof JsonObject object) {
      return object;
    }
    throw expected("an object");
  }

  JsonArray asArray() {
    if (value instanceof JsonArray array) {
      return array;
    }
    throw expected("an array");
  }

  private FormatException expected(String what) {
    return origin.error("expected " + what + ", found " + value.describe());
  }
}
