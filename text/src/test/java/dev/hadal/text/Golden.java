package dev.hadal.text;

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

/**
 * The golden files of this module's tests, made with other software; a folder is named before /.
 */
final class Golden {
  private Golden() {}

  static byte[] bytes(String name) {
    String path = "/golden/" + (name.contains("/") ? name : "tokenizer/" + name);
    try (InputStream file = Objects.requireNonNull(Golden.class.getResourceAsStream(path), path)) {
      return file.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String text(String name) {
    return new String(bytes(name), StandardCharsets.UTF_8);
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> json(String name) {
    try (JsonParser parser =
        new JsonFactory().createParser(ObjectReadContext.empty(), bytes(name))) {
      return (Map<String, Object>) value(parser, parser.nextToken());
    }
  }

  static List<Map<String, Object>> cases(String kind) {
    return cases("cases.json", kind);
  }

  @SuppressWarnings("unchecked")
  static List<Map<String, Object>> cases(String name, String kind) {
    return (List<Map<String, Object>>) Objects.requireNonNull(json(name).get(kind));
  }

  static int[] ids(Map<String, Object> testCase) {
    return ints(testCase, "ids");
  }

  @SuppressWarnings("unchecked")
  static int[] ints(Map<String, Object> testCase, String field) {
    List<Object> values = (List<Object>) Objects.requireNonNull(testCase.get(field));
    return values.stream().mapToInt(value -> (Integer) value).toArray();
  }

  @SuppressWarnings("unchecked")
  static List<String> strings(Map<String, Object> testCase, String field) {
    return (List<String>) Objects.requireNonNull(testCase.get(field));
  }

  static String string(Map<String, Object> testCase, String field) {
    return (String) Objects.requireNonNull(testCase.get(field));
  }

  private static Object value(JsonParser parser, JsonToken token) {
    return switch (token) {
      case START_OBJECT -> {
        Map<String, Object> object = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
          String name = parser.currentName();
          object.put(name, value(parser, parser.nextToken()));
        }
        yield object;
      }
      case START_ARRAY -> {
        List<Object> array = new ArrayList<>();
        for (JsonToken t = parser.nextToken(); t != JsonToken.END_ARRAY; t = parser.nextToken()) {
          array.add(value(parser, t));
        }
        yield array;
      }
      case VALUE_NUMBER_INT -> parser.getIntValue();
      default -> parser.getString();
    };
  }
}
