package dev.hadal.format;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;

/** Builds {@link JsonValue} trees from Jackson's token stream. */
final class JsonReader {
  private static final int LONGEST_NUMBER = 64;

  private final JsonParser parser;

  private JsonReader(JsonParser parser) {
    this.parser = parser;
  }

  static JsonValue read(String name, String text, JsonLimits limits) {
    return read(name, parser(text, limits));
  }

  static JsonValue read(String name, String text, byte[] utf8, JsonLimits limits) {
    return read(name, parser(text, utf8, limits));
  }

  private static JsonValue read(String name, JsonParser opened) {
    JsonOrigin root = JsonOrigin.file(name);
    try (JsonParser parser = opened) {
      JsonToken first = parser.nextToken();
      if (first == null) {
        throw root.error("expected a JSON value, found nothing");
      }
      JsonValue value = new JsonReader(parser).value(first, root);
      if (parser.nextToken() != null) {
        throw root.error("expected the end of the text after the JSON value, found more");
      }
      return value;
    } catch (JacksonException e) {
      throw broken(name, e);
    }
  }

  /** A parser within the limits. */
  static JsonParser parser(String text, JsonLimits limits) {
    return factory(limits).createParser(ObjectReadContext.empty(), text);
  }

  /**
   * The same of bytes that were found to be that text. Most are ASCII, which is parsed as it is;
   * without a zero among the bytes no parser takes it for another encoding.
   */
  static JsonParser parser(String text, byte[] utf8, JsonLimits limits) {
    boolean plain = text.length() == utf8.length && text.indexOf(0) < 0;
    return plain
        ? factory(limits).createParser(ObjectReadContext.empty(), utf8)
        : parser(text, limits);
  }

  /** Names are not interned: a file must not fill the JVM's table. */
  private static JsonFactory factory(JsonLimits limits) {
    StreamReadConstraints constraints =
        StreamReadConstraints.builder()
            .maxDocumentLength(limits.bytes())
            .maxNestingDepth(limits.depth())
            .maxTokenCount(limits.tokens())
            .maxStringLength(limits.stringLength())
            .maxNameLength(limits.nameLength())
            .maxNumberLength(LONGEST_NUMBER)
            .build();
    return JsonFactory.builder()
        .streamReadConstraints(constraints)
        .disable(TokenStreamFactory.Feature.INTERN_PROPERTY_NAMES)
        .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
        .build();
  }

  static FormatException broken(String name, JacksonException e) {
    var location = e.getLocation();
    String where =
        location == null
            ? ""
            : " (line %d, column %d)".formatted(location.getLineNr(), location.getColumnNr());
    return new FormatException(
        name + ": not valid JSON" + where + ": " + Quoting.printable(e.getOriginalMessage()), e);
  }

  private JsonValue value(JsonToken token, JsonOrigin origin) {
    return switch (token) {
      case START_OBJECT -> object(origin);
      case START_ARRAY -> array(origin);
      case VALUE_STRING -> new JsonString(parser.getString());
      case VALUE_NUMBER_INT -> integer(origin);
      case VALUE_NUMBER_FLOAT -> decimal(origin);
      case VALUE_TRUE -> new JsonBool(true);
      case VALUE_FALSE -> new JsonBool(false);
      case VALUE_NULL -> new JsonNull();
      default -> throw origin.error("expected a JSON value, found " + token);
    };
  }

  private JsonObject object(JsonOrigin origin) {
    Map<String, JsonValue> members = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      JsonOrigin place = origin.member(name);
      if (members.put(name, value(parser.nextToken(), place)) != null) {
        throw place.error("the field occurs twice");
      }
    }
    return JsonObject.owning(members, origin);
  }

  private JsonArray array(JsonOrigin origin) {
    List<JsonValue> elements = new ArrayList<>();
    JsonToken token = parser.nextToken();
    while (token != JsonToken.END_ARRAY) {
      elements.add(value(token, origin.element(elements.size())));
      token = parser.nextToken();
    }
    return new JsonArray(elements, origin);
  }

  private JsonValue integer(JsonOrigin origin) {
    return switch (parser.getNumberType()) {
      case INT, LONG -> new JsonInteger(parser.getLongValue());
      default -> decimal(origin);
    };
  }

  private JsonValue decimal(JsonOrigin origin) {
    String text = parser.getString();
    double number = Double.parseDouble(text);
    if (!Double.isFinite(number)) {
      throw origin.error("expected a number that fits binary64, found " + Quoting.printable(text));
    }
    return new JsonDecimal(number);
  }
}
