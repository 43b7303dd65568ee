package dev.hadal.format;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A JSON object with its members in the order of the file. The typed accessors throw {@link
 * FormatException} naming the file, the path of the field, what was expected and what was found.
 * The forms with a default take an absent member and {@code null} for the same; a present member of
 * another type is still an error.
 */
public final class JsonObject implements JsonValue {
  private final Map<String, JsonValue> members;
  private final JsonOrigin origin;

  private JsonObject(Map<String, JsonValue> members, JsonOrigin origin) {
    this.members = Collections.unmodifiableMap(members);
    this.origin = origin;
  }

  /** An object of members that nobody else changes. */
  static JsonObject owning(Map<String, JsonValue> members, JsonOrigin origin) {
    return new JsonObject(members, origin);
  }

  /** A builder of an object; members keep the order in which they are put. */
  public static Builder builder() {
    return new Builder();
  }

  /** The members in order. */
  public Map<String, JsonValue> members() {
    return members;
  }

  /** The names in order. */
  public Set<String> names() {
    return members.keySet();
  }

  /** Whether the member is there and not {@code null}. */
  public boolean has(String name) {
    return find(name).isPresent();
  }

  /** The member, unless it is absent or {@code null}. */
  public Optional<JsonValue> find(String name) {
    JsonValue value = members.get(name);
    return value == null || value instanceof JsonNull ? Optional.empty() : Optional.of(value);
  }

  /** The member as an object, unless it is absent or {@code null}. */
  public Optional<JsonObject> findObject(String name) {
    return find(name).map(_ -> getObject(name));
  }

  /** The member as an array, unless it is absent or {@code null}. */
  public Optional<JsonArray> findArray(String name) {
    return find(name).map(_ -> getArray(name));
  }

  /** A required 64-bit integer. */
  public long getLong(String name) {
    return at(name).asLong();
  }

  /** A 64-bit integer, or the default where there is none. */
  public long getLong(String name, long otherwise) {
    return has(name) ? getLong(name) : otherwise;
  }

  /** A required 32-bit integer. */
  public int getInt(String name) {
    return at(name).asInt();
  }

  /** A 32-bit integer, or the default where there is none. */
  public int getInt(String name, int otherwise) {
    return has(name) ? getInt(name) : otherwise;
  }

  /** A required number, integer or not. */
  public double getDouble(String name) {
    return at(name).asDouble();
  }

  /** A number, or the default where there is none. */
  public double getDouble(String name, double otherwise) {
    return has(name) ? getDouble(name) : otherwise;
  }

  /** A required truth value. */
  public boolean getBoolean(String name) {
    return at(name).asBoolean();
  }

  /** A truth value, or the default where there is none. */
  public boolean getBoolean(String name, boolean otherwise) {
    return has(name) ? getBoolean(name) : otherwise;
  }

  /** A required string. */
  public String getString(String name) {
    return at(name).asString();
  }

  /** A string, or the default where there is none. */
  public String getString(String name, String otherwise) {
    return has(name) ? getString(name) : otherwise;
  }

  /** A required object. */
  public JsonObject getObject(String name) {
    return at(name).asObject();
  }

  /** A required array. */
  public JsonArray getArray(String name) {
    return at(name).asArray();
  }

  /**
   * An exception about a member, naming the file and the path, for checks that go beyond the type:
   * {@code config.error("hidden_size", "expected a positive integer, found -1")}.
   */
  public FormatException error(String name, String problem) {
    return origin.member(name).error(problem);
  }

  private JsonPlace at(String name) {
    JsonValue value = members.get(name);
    if (value == null) {
      throw error(name, "the field is missing");
    }
    return new JsonPlace(value, origin.member(name));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof JsonObject object && members.equals(object.members);
  }

  @Override
  public int hashCode() {
    return members.hashCode();
  }

  @Override
  public String toString() {
    return Json.compact(this);
  }

  /** Collects members; a name put twice keeps its place and takes the later value. */
  public static final class Builder {
    private final Map<String, JsonValue> members = new LinkedHashMap<>();

    private Builder() {}

    /** Puts any value. */
    public Builder put(String name, JsonValue value) {
      members.put(name, value);
      return this;
    }

    /** Puts an integer. */
    public Builder put(String name, long value) {
      return put(name, new JsonInteger(value));
    }

    /** Puts a finite number. */
    public Builder put(String name, double value) {
      return put(name, new JsonDecimal(value));
    }

    /** Puts a truth value. */
    public Builder put(String name, boolean value) {
      return put(name, new JsonBool(value));
    }

    /** Puts a string. */
    public Builder put(String name, String value) {
      return put(name, new JsonString(value));
    }

    /** Puts all members of another object. */
    public Builder putAll(JsonObject object) {
      members.putAll(object.members());
      return this;
    }

    /** The object. */
    public JsonObject build() {
      return new JsonObject(new LinkedHashMap<>(members), JsonOrigin.file("JSON"));
    }
  }
}
