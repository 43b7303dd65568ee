package dev.hadal.train;

import dev.hadal.format.Json;
import dev.hadal.format.JsonBool;
import dev.hadal.format.JsonDecimal;
import dev.hadal.format.JsonInteger;
import dev.hadal.format.JsonObject;
import dev.hadal.format.JsonString;
import dev.hadal.format.JsonValue;
import dev.hadal.format.Quoting;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;

/** One section of a configuration: typed values with defaults, and no key that nobody asked for. */
final class ConfigSection {
  private final String file;
  private final String path;
  private final JsonObject values;
  private final Set<String> known = new LinkedHashSet<>();

  private ConfigSection(String file, String path, JsonObject values) {
    this.file = file;
    this.path = path;
    this.values = values;
  }

  static ConfigSection root(String file, JsonObject values) {
    return new ConfigSection(file, "", values);
  }

  /** A section; an absent one is empty. */
  ConfigSection section(String name) {
    return new ConfigSection(file, path + name + ".", object(name));
  }

  /** A section's tree; empty where it is absent. */
  JsonObject object(String name) {
    known.add(name);
    return switch (values.find(name).orElse(null)) {
      case JsonObject object -> object;
      case null -> JsonObject.builder().build();
      case JsonValue other -> throw wrong(name, "a section with keys", other);
    };
  }

  long getLong(String name, long otherwise) {
    known.add(name);
    return switch (values.find(name).orElse(null)) {
      case null -> otherwise;
      case JsonInteger(long value) -> value;
      case JsonDecimal(double value) when Math.rint(value) == value && Math.abs(value) < 1e15 ->
          (long) value;
      case JsonValue other -> throw wrong(name, "an integer", other);
    };
  }

  int getInt(String name, int otherwise) {
    long value = getLong(name, otherwise);
    if ((int) value != value) {
      throw wrong(name, "an integer of 32 bits", new JsonInteger(value));
    }
    return (int) value;
  }

  double getDouble(String name, double otherwise) {
    known.add(name);
    return switch (values.find(name).orElse(null)) {
      case null -> otherwise;
      case JsonInteger(long value) -> value;
      case JsonDecimal(double value) -> value;
      case JsonValue other -> throw wrong(name, "a number", other);
    };
  }

  boolean getBoolean(String name, boolean otherwise) {
    known.add(name);
    return switch (values.find(name).orElse(null)) {
      case null -> otherwise;
      case JsonBool(boolean value) -> value;
      case JsonValue other -> throw wrong(name, "true or false", other);
    };
  }

  String getString(String name, String otherwise) {
    known.add(name);
    return switch (values.find(name).orElse(null)) {
      case null -> otherwise;
      case JsonString(String value) -> value;
      case JsonInteger(long value) -> Long.toString(value);
      case JsonValue other -> throw wrong(name, "a text", other);
    };
  }

  Path getPath(String name, String otherwise) {
    String text = getString(name, otherwise);
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw wrong(name, "a path", new JsonString(text));
    }
  }

  <E extends Enum<E>> E getEnum(String name, Class<E> type, E otherwise) {
    String text = getString(name, otherwise.name());
    for (E constant : type.getEnumConstants()) {
      if (constant.name().equals(text.toUpperCase(Locale.ROOT))) {
        return constant;
      }
    }
    String choices =
        String.join(
            ", ",
            java.util.Arrays.stream(type.getEnumConstants())
                .map(constant -> constant.name().toLowerCase(Locale.ROOT))
                .toList());
    throw wrong(name, "one of " + choices, new JsonString(text));
  }

  /** Refuses keys that were never asked for. */
  void requireNoOthers() {
    requireAmong(known);
  }

  /** Refuses keys outside a list. */
  void requireAmong(Set<String> allowed) {
    for (String name : values.names()) {
      if (!allowed.contains(name)) {
        String shown = Quoting.printable(name);
        throw new TrainException(
            "%s: %s%s: there is no such key; the nearest is %s%s"
                .formatted(file, path, shown, path, NearestName.of(shown, allowed)));
      }
    }
  }

  private TrainException wrong(String name, String expected, JsonValue found) {
    return new TrainException(
        "%s: %s%s: expected %s, found %s"
            .formatted(file, path, name, expected, Quoting.printable(Json.compact(found))));
  }
}
