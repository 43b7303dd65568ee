package dev.hadal.train;

import dev.hadal.format.JsonArray;
import dev.hadal.format.JsonBool;
import dev.hadal.format.JsonDecimal;
import dev.hadal.format.JsonInteger;
import dev.hadal.format.JsonNull;
import dev.hadal.format.JsonObject;
import dev.hadal.format.JsonString;
import dev.hadal.format.JsonValue;
import dev.hadal.format.Quoting;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLParser;

/**
 * Reads the YAML of a configuration into the tree that JSON files are read into: one document of
 * mappings, sequences and scalars. Anchors, aliases and tags are refused, as nothing needs them and
 * aliases can grow without bound.
 */
final class YamlReader {
  private static final int LARGEST_FILE = 1 << 20;
  private static final int DEEPEST = 16;
  private static final Pattern NUMBER =
      Pattern.compile("[-+]?(0|[1-9][\\d_]*)(\\.\\d*)?([eE][-+]?\\d+)?");

  private final String name;
  private final int[] characters;
  private final YAMLParser parser;

  private YamlReader(String name, int[] characters, YAMLParser parser) {
    this.name = name;
    this.characters = characters;
    this.parser = parser;
  }

  /** Reads a file. */
  static JsonObject read(Path file) {
    try {
      if (Files.size(file) > LARGEST_FILE) {
        throw new TrainException(
            "%s: expected a configuration of at most %d bytes, found %d"
                .formatted(file, LARGEST_FILE, Files.size(file)));
      }
      return parse(file.toString(), Files.readString(file));
    } catch (NoSuchFileException e) {
      throw new TrainException(file + ": there is no such file", e);
    } catch (IOException e) {
      throw new TrainException(file + ": cannot be read as UTF-8 text", e);
    }
  }

  /** Parses a text whose top is a mapping; an empty text is an empty mapping. */
  static JsonObject parse(String name, String text) {
    return switch (parseValue(name, text)) {
      case JsonObject object -> object;
      case JsonNull _ -> JsonObject.builder().build();
      case JsonArray _, JsonString _, JsonInteger _, JsonDecimal _, JsonBool _ ->
          throw new TrainException(name + ": expected keys and values, found something else");
    };
  }

  /** Parses a text that holds one value of any kind. */
  static JsonValue parseValue(String name, String marked) {
    String text = marked.startsWith("\uFEFF") ? marked.substring(1) : marked;
    YAMLFactory factory = YAMLFactory.builder().build();
    try (JsonParser parser =
        factory.createParser(ObjectReadContext.empty(), text.getBytes(StandardCharsets.UTF_8))) {
      YamlReader reader = new YamlReader(name, text.codePoints().toArray(), (YAMLParser) parser);
      JsonToken first = parser.nextToken();
      JsonValue value = first == null ? new JsonNull() : reader.value(first, 0);
      if (parser.nextToken() != null) {
        throw reader.wrong("expected one document, found a second one");
      }
      return value;
    } catch (JacksonException e) {
      String problem = String.valueOf(e.getOriginalMessage()).lines().findFirst().orElse("");
      throw new TrainException(
          "%s: not valid YAML: %s".formatted(name, Quoting.printable(problem)), e);
    }
  }

  private JsonValue value(JsonToken token, int depth) {
    if (parser.isCurrentAlias() || parser.getObjectId() != null) {
      throw wrong("anchors and aliases are not allowed, write the value out");
    }
    if (parser.getTypeId() != null) {
      throw wrong("tags are not allowed, write the value without");
    }
    if (depth > DEEPEST) {
      throw wrong("nested deeper than " + DEEPEST);
    }
    return switch (token) {
      case START_OBJECT -> object(depth);
      case START_ARRAY -> array(depth);
      case VALUE_TRUE -> new JsonBool(true);
      case VALUE_FALSE -> new JsonBool(false);
      case VALUE_NULL -> new JsonNull();
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> scalar(parser.getString());
      case VALUE_STRING ->
          isQuoted() ? new JsonString(parser.getString()) : scalar(parser.getString());
      case END_OBJECT, END_ARRAY, NOT_AVAILABLE, PROPERTY_NAME, VALUE_EMBEDDED_OBJECT ->
          throw wrong("expected a value");
    };
  }

  /** Whether the scalar is text whatever it reads like; positions count code points. */
  private boolean isQuoted() {
    long at = parser.currentTokenLocation().getCharOffset();
    return at >= 0
        && at < characters.length
        && (characters[(int) at] == '"' || characters[(int) at] == '\'');
  }

  /**
   * A number where it reads like one (1e-8 too, which YAML 1.1 takes for text), else text. What
   * begins with further zeros is text: readers differ on whether it is octal.
   */
  private static JsonValue scalar(String text) {
    if (!NUMBER.matcher(text).matches()) {
      return new JsonString(text);
    }
    String digits = text.replace("_", "");
    try {
      return new JsonInteger(Long.parseLong(digits));
    } catch (NumberFormatException e) {
      double number = Double.parseDouble(digits);
      return Double.isFinite(number) ? new JsonDecimal(number) : new JsonString(text);
    }
  }

  private JsonObject object(int depth) {
    JsonObject.Builder object = JsonObject.builder();
    Set<String> seen = new HashSet<>();
    for (JsonToken token = parser.nextToken();
        token != JsonToken.END_OBJECT;
        token = parser.nextToken()) {
      String key = String.valueOf(parser.currentName());
      if (!seen.add(key)) {
        throw wrong("the key " + Quoting.printable(key) + " occurs twice");
      }
      object.put(key, value(required(parser.nextToken()), depth + 1));
    }
    return object.build();
  }

  private JsonArray array(int depth) {
    List<JsonValue> elements = new ArrayList<>();
    for (JsonToken token = parser.nextToken();
        token != JsonToken.END_ARRAY;
        token = parser.nextToken()) {
      elements.add(value(required(token), depth + 1));
    }
    return JsonArray.of(elements);
  }

  private JsonToken required(@org.jspecify.annotations.Nullable JsonToken token) {
    if (token == null) {
      throw wrong("the text ends in the middle of a value");
    }
    return token;
  }

  private TrainException wrong(String problem) {
    int line = parser.currentTokenLocation().getLineNr();
    return new TrainException("%s: line %d: %s".formatted(name, line, problem));
  }
}
