package dev.hadal.template;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** The golden files of this module's tests, made with Python's Jinja. */
final class Golden {
  private static final String FOLDER = "/golden/templates/";

  private Golden() {}

  /** One rendering; the text that is expected is a mark for what must fail. */
  record Case(String name, String template, Map<String, Value> context, String expected) {
    boolean fails() {
      return expected.equals(FAILS);
    }
  }

  /** Stands for the text of a case that must fail; no template writes it. */
  private static final String FAILS = "\u0000fails";

  static String text(String name) {
    try (InputStream file = Golden.class.getResourceAsStream(FOLDER + name)) {
      return new String(Objects.requireNonNull(file, name).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The cases of a file; the field template is the name of a file or, in some, the source. A case
   * without context has that of the case before.
   */
  static List<Case> cases(String file) {
    try (JsonParser parser =
        new JsonFactory().createParser(ObjectReadContext.empty(), text(file))) {
      List<Case> cases = new ArrayList<>();
      Map<String, Value> context = Map.of();
      parser.nextToken();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        String name = "";
        String template = "";
        String expected = FAILS;
        while (parser.nextToken() != JsonToken.END_OBJECT) {
          String field = parser.currentName();
          JsonToken token = parser.nextToken();
          switch (field) {
            case "name" -> name = parser.getString();
            case "template" -> template = parser.getString();
            case "expected" -> expected = parser.getString();
            case "context" -> context = members(parser);
            default -> value(parser, token);
          }
        }
        cases.add(new Case(name, template, context, expected));
      }
      return cases;
    }
  }

  private static Map<String, Value> members(JsonParser parser) {
    Map<String, Value> members = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      members.put(name, value(parser, parser.nextToken()));
    }
    return members;
  }

  private static Value value(JsonParser parser, JsonToken token) {
    return switch (token) {
      case START_OBJECT -> DictValue.of(members(parser), Origin.DATA);
      case START_ARRAY -> {
        List<Value> items = new ArrayList<>();
        for (JsonToken t = parser.nextToken(); t != JsonToken.END_ARRAY; t = parser.nextToken()) {
          items.add(value(parser, t));
        }
        yield ListValue.of(items);
      }
      case VALUE_NUMBER_INT -> new IntegerValue(parser.getLongValue());
      case VALUE_NUMBER_FLOAT -> new FloatValue(parser.getDoubleValue());
      case VALUE_TRUE -> new BooleanValue(true);
      case VALUE_FALSE -> new BooleanValue(false);
      case VALUE_NULL -> new NoneValue();
      default -> TextValue.of(parser.getString(), Origin.DATA);
    };
  }
}
