package dev.hadal.format;

import java.util.List;

/** A JSON array. Its typed accessors throw {@link FormatException} with file and field path. */
public final class JsonArray implements JsonValue {
  private final List<JsonValue> elements;
  private final JsonOrigin origin;

  JsonArray(List<JsonValue> elements, JsonOrigin origin) {
    this.elements = List.copyOf(elements);
    this.origin = origin;
  }

  /** An array of the given elements. */
  public static JsonArray of(List<? extends JsonValue> elements) {
    return new JsonArray(List.copyOf(elements), JsonOrigin.file("JSON"));
  }

  /** An array of integers. */
  public static JsonArray ofLongs(long... values) {
    return of(java.util.Arrays.stream(values).mapToObj(JsonInteger::new).toList());
  }

  /** An array of strings. */
  public static JsonArray ofStrings(List<String> values) {
    return of(values.stream().map(JsonString::new).toList());
  }

  /** The elements in order. */
  public List<JsonValue> elements() {
    return elements;
  }

  /** The number of elements. */
  public int size() {
    return elements.size();
  }

  /** The integer at the index. */
  public long getLong(int index) {
    return at(index).asLong();
  }

  /** The 32-bit integer at the index. */
  public int getInt(int index) {
    return at(index).asInt();
  }

  /** The number at the index. */
  public double getDouble(int index) {
    return at(index).asDouble();
  }

  /** The string at the index. */
  public String getString(int index) {
    return at(index).asString();
  }

  /** The object at the index. */
  public JsonObject getObject(int index) {
    return at(index).asObject();
  }

  /** The array at the index. */
  public JsonArray getArray(int index) {
    return at(index).asArray();
  }

  /** All elements as integers. */
  public long[] toLongs() {
    long[] values = new long[size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = getLong(i);
    }
    return values;
  }

  /** All elements as strings. */
  public List<String> toStrings() {
    return java.util.stream.IntStream.range(0, size()).mapToObj(this::getString).toList();
  }

  /** An exception about the element at the index, naming the file and the path. */
  public FormatException error(int index, String problem) {
    return origin.element(index).error(problem);
  }

  private JsonPlace at(int index) {
    if (index < 0 || index >= elements.size()) {
      throw origin.error(
          "expected at least %d elements, found %d".formatted(index + 1L, elements.size()));
    }
    return new JsonPlace(elements.get(index), origin.element(index));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof JsonArray array && elements.equals(array.elements);
  }

  @Override
  public int hashCode() {
    return elements.hashCode();
  }

  @Override
  public String toString() {
    return Json.compact(this);
  }
}
