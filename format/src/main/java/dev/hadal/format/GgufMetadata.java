package dev.hadal.format;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The metadata of a GGUF file in the order of the file. The typed accessors throw {@link
 * FormatException} naming the file, the key, what was expected and what was found; the forms with a
 * default take it where the key is absent.
 */
public final class GgufMetadata {
  /** Elements of an array that are shown; a vocabulary is named by its size. */
  private static final int SHOWN = 16;

  private final String file;
  private final Map<String, GgufValue> values;

  GgufMetadata(String file, Map<String, GgufValue> values) {
    this.file = file;
    this.values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  /** All of it. */
  public Map<String, GgufValue> values() {
    return values;
  }

  /** The file that it is of, for messages. */
  public String file() {
    return file;
  }

  /** Whether the key is there. */
  public boolean has(String key) {
    return values.containsKey(key);
  }

  /** The value of a key. */
  public Optional<GgufValue> find(String key) {
    return Optional.ofNullable(values.get(key));
  }

  /** An exception about a key, for checks that go beyond the type. */
  public FormatException error(String key, String problem) {
    return new FormatException(file + ": " + Quoting.printable(key) + ": " + problem);
  }

  private GgufValue at(String key) {
    return find(key).orElseThrow(() -> error(key, "the key is missing"));
  }

  private FormatException unexpected(String key, String expected, GgufValue found) {
    return error(
        key,
        "expected %s, found %s of type %s"
            .formatted(expected, Quoting.printable(found.toString()), found.type()));
  }

  /** A required text. */
  public String getString(String key) {
    GgufValue value = at(key);
    if (value instanceof GgufValue.Text(String text)) {
      return text;
    }
    throw unexpected(key, "a text", value);
  }

  /** A text, or the default where there is none. */
  public String getString(String key, String otherwise) {
    return has(key) ? getString(key) : otherwise;
  }

  /** A required integer from -2^31 to 2^31 - 1, whatever integer type it is stored in. */
  public int getInt(String key) {
    GgufValue value = at(key);
    if (value instanceof GgufValue.Whole(GgufValueType _, long whole) && whole == (int) whole) {
      return (int) whole;
    }
    throw unexpected(key, "an integer of 32 bits", value);
  }

  /** Such an integer, or the default where there is none. */
  public int getInt(String key, int otherwise) {
    return has(key) ? getInt(key) : otherwise;
  }

  /** A required number, integer or not; see {@link GgufValue.Real} for its digits. */
  public double getDouble(String key) {
    return switch (at(key)) {
      case GgufValue.Real(GgufValueType _, double value) -> value;
      case GgufValue.Whole(GgufValueType _, long value) when value >= 0 -> value;
      case GgufValue other -> throw unexpected(key, "a number", other);
    };
  }

  /** A number, or the default where there is none. */
  public double getDouble(String key, double otherwise) {
    return has(key) ? getDouble(key) : otherwise;
  }

  /** A required truth value. */
  public boolean getBoolean(String key) {
    GgufValue value = at(key);
    if (value instanceof GgufValue.Truth(boolean truth)) {
      return truth;
    }
    throw unexpected(key, "a truth value", value);
  }

  /** A truth value, or the default where there is none. */
  public boolean getBoolean(String key, boolean otherwise) {
    return has(key) ? getBoolean(key) : otherwise;
  }

  /** A required array. */
  public GgufArray getArray(String key) {
    GgufValue value = at(key);
    if (value instanceof GgufArray array) {
      return array;
    }
    throw unexpected(key, "an array", value);
  }

  /** All of it as JSON; of a long array its type and size. */
  public JsonObject toJson() {
    JsonObject.Builder json = JsonObject.builder();
    values.forEach((key, value) -> json.put(key, json(value)));
    return json.build();
  }

  private static JsonValue json(GgufValue value) {
    return switch (value) {
      case GgufValue.Whole(GgufValueType type, long whole) ->
          type == GgufValueType.UINT64 && whole < 0
              ? new JsonString(Long.toUnsignedString(whole))
              : new JsonInteger(whole);
      // JSON has no word for NaN.
      case GgufValue.Real(GgufValueType _, double real) ->
          Double.isFinite(real) ? new JsonDecimal(real) : new JsonString(Double.toString(real));
      case GgufValue.Truth(boolean truth) -> new JsonBool(truth);
      case GgufValue.Text(String text) -> new JsonString(text);
      case GgufArray array ->
          array.size() <= SHOWN
              ? JsonArray.of(array.elements().stream().map(GgufMetadata::json).toList())
              : JsonObject.builder()
                  .put("array_of", array.elementType().name())
                  .put("size", array.size())
                  .build();
    };
  }
}
