package dev.hadal.serve;

import dev.hadal.format.JsonArray;
import dev.hadal.format.JsonBool;
import dev.hadal.format.JsonDecimal;
import dev.hadal.format.JsonInteger;
import dev.hadal.format.JsonObject;
import dev.hadal.format.JsonString;
import dev.hadal.format.JsonValue;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The typed view of a request's object. {@code null} is the same as absent, as many clients send
 * it. Remembers which fields were asked for, so that the others can be reported.
 */
final class RequestFields {
  private static final int MOST_REPORTED = 16;

  private final String path;
  private final JsonObject object;
  private final Set<String> known = new LinkedHashSet<>();

  /**
   * A view.
   *
   * @param path what names begin with in messages
   */
  RequestFields(String path, JsonObject object) {
    this.path = path;
    this.object = object;
  }

  Optional<JsonValue> find(String name) {
    known.add(name);
    return object.find(name);
  }

  boolean truth(String name, boolean otherwise) {
    JsonValue value = find(name).orElse(new JsonBool(otherwise));
    if (value instanceof JsonBool(boolean truth)) {
      return truth;
    }
    throw type(name, "true or false", value);
  }

  double number(String name, double otherwise) {
    return number(name, find(name).orElse(new JsonDecimal(otherwise)));
  }

  double number(String name, JsonValue value) {
    return switch (value) {
      case JsonDecimal(double number) -> number;
      case JsonInteger(long number) -> number;
      default -> throw type(name, "a number", value);
    };
  }

  Optional<Long> integer(String name) {
    return find(name).map(value -> integer(name, value));
  }

  long integer(String name, JsonValue value) {
    if (value instanceof JsonInteger(long number)) {
      return number;
    }
    throw type(name, "an integer", value);
  }

  /** A 32-bit integer; ranges are checked where the meaning is known. */
  int small(String name, int otherwise) {
    long number = integer(name).orElse((long) otherwise);
    if (number != (int) number) {
      throw ApiException.invalid(
          path + name,
          "out_of_range",
          "%s%s: expected a 32-bit integer, found %d.".formatted(path, name, number));
    }
    return (int) number;
  }

  Optional<String> text(String name) {
    return find(name).map(value -> text(name, value));
  }

  /** Text of whole characters: half a surrogate pair would be replaced silently later on. */
  String text(String name, JsonValue value) {
    if (!(value instanceof JsonString(String text))) {
      throw type(name, "a string", value);
    }
    for (int i = 0; i < text.length(); i++) {
      boolean pair =
          i + 1 < text.length() && Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1));
      if (pair) {
        i++;
      } else if (Character.isSurrogate(text.charAt(i))) {
        throw ApiException.invalid(
            path + name,
            "invalid_unicode",
            "%s%s: expected whole characters, found half a surrogate pair at index %d."
                .formatted(path, name, i));
      }
    }
    return text;
  }

  List<JsonValue> array(String name, JsonValue value) {
    if (value instanceof JsonArray array) {
      return array.elements();
    }
    throw type(name, "an array", value);
  }

  Optional<JsonObject> object(String name) {
    return find(name)
        .map(
            value -> {
              if (value instanceof JsonObject inner) {
                return inner;
              }
              throw type(name, "an object", value);
            });
  }

  ApiException type(String name, String expected, JsonValue found) {
    return ApiException.invalid(
        path + name,
        "invalid_type",
        "%s%s: expected %s, found %s.".formatted(path, name, expected, found.kind()));
  }

  /** The fields that nobody asked for, by names that a header can hold. */
  List<String> unknown() {
    return object.members().keySet().stream()
        .filter(name -> !known.contains(name))
        .filter(object::has)
        .map(name -> name.matches("[A-Za-z0-9_.-]{1,64}") ? path + name : "(unprintable)")
        .distinct()
        .limit(MOST_REPORTED)
        .toList();
  }
}
