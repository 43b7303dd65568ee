package dev.hadal.text;

import dev.hadal.template.Quoted;
import java.util.function.Consumer;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;

/**
 * Walks over a JSON text that is too large to be wanted as a tree. Each reading method takes the
 * value at the cursor; errors name the file and the path.
 */
final class JsonCursor {
  private static final int DEEPEST = 16;
  private static final int LONGEST_STRING = 1 << 20;
  private static final int LONGEST_NAME = 1 << 16;
  private static final int LONGEST_NUMBER = 32;

  private final String file;
  private final JsonParser parser;

  private JsonCursor(String file, JsonParser parser) {
    this.file = file;
    this.parser = parser;
  }

  /** Reads a text that is one object. */
  static void read(String file, byte[] utf8, Consumer<JsonCursor> reader) {
    StreamReadConstraints limits =
        StreamReadConstraints.builder()
            .maxNestingDepth(DEEPEST)
            .maxStringLength(LONGEST_STRING)
            .maxNameLength(LONGEST_NAME)
            .maxNumberLength(LONGEST_NUMBER)
            .build();
    JsonFactory factory =
        JsonFactory.builder()
            .streamReadConstraints(limits)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(TokenStreamFactory.Feature.INTERN_PROPERTY_NAMES)
            .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
            .build();
    try (JsonParser parser = factory.createParser(ObjectReadContext.empty(), utf8)) {
      JsonCursor cursor = new JsonCursor(file, parser);
      parser.nextToken();
      reader.accept(cursor);
      if (parser.nextToken() != null) {
        throw cursor.error("expected the end of the text, found more");
      }
    } catch (JacksonException e) {
      throw new TextException(
          "%s: not valid JSON (line %d, column %d): %s"
              .formatted(
                  file,
                  e.getLocation() == null ? 0 : e.getLocation().getLineNr(),
                  e.getLocation() == null ? 0 : e.getLocation().getColumnNr(),
                  Quoted.text(e.getOriginalMessage())),
          e);
    }
  }

  /** Takes an object; the reader takes the value of each of its members. */
  void object(Consumer<String> member) {
    expect(JsonToken.START_OBJECT, "an object");
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      parser.nextToken();
      member.accept(name);
    }
  }

  /** Takes an array; the reader takes each of its elements. */
  void array(Runnable element) {
    expect(JsonToken.START_ARRAY, "an array");
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      element.run();
    }
  }

  boolean isArray() {
    return parser.currentToken() == JsonToken.START_ARRAY;
  }

  boolean isNull() {
    return parser.currentToken() == JsonToken.VALUE_NULL;
  }

  String string() {
    expect(JsonToken.VALUE_STRING, "a string");
    return parser.getString();
  }

  boolean truth() {
    if (parser.currentToken() != JsonToken.VALUE_TRUE) {
      expect(JsonToken.VALUE_FALSE, "true or false");
    }
    return parser.getBooleanValue();
  }

  int id() {
    expect(JsonToken.VALUE_NUMBER_INT, "an id");
    if (parser.getNumberType() != JsonParser.NumberType.INT || parser.getIntValue() < 0) {
      throw expected("an id from 0 to 2147483647");
    }
    return parser.getIntValue();
  }

  /** Passes over a value of any kind. */
  void skip() {
    parser.skipChildren();
  }

  TextException expected(String what) {
    String found =
        switch (parser.currentToken()) {
          case null -> "nothing";
          case START_OBJECT -> "an object";
          case START_ARRAY -> "an array";
          default -> Quoted.text(parser.getString());
        };
    return error("expected %s, found %s".formatted(what, found));
  }

  TextException error(String problem) {
    String path = parser.streamReadContext().pathAsPointer().toString();
    return new TextException(
        "%s: %s%s".formatted(file, path.isEmpty() ? "" : Quoted.text(path) + ": ", problem));
  }

  private void expect(JsonToken token, String what) {
    if (parser.currentToken() != token) {
      throw expected(what);
    }
  }
}
