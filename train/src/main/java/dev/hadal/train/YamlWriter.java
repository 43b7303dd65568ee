package dev.hadal.train;

import dev.hadal.format.Json;
import dev.hadal.format.JsonArray;
import dev.hadal.format.JsonBool;
import dev.hadal.format.JsonDecimal;
import dev.hadal.format.JsonInteger;
import dev.hadal.format.JsonNull;
import dev.hadal.format.JsonObject;
import dev.hadal.format.JsonString;
import dev.hadal.format.JsonValue;
import java.util.Map;

/**
 * Writes a tree as YAML: mappings in block form, the rest as JSON, which YAML contains. Texts are
 * always quoted, so that none is taken for a number or a truth value.
 */
final class YamlWriter {
  private YamlWriter() {}

  static String write(JsonObject tree) {
    StringBuilder out = new StringBuilder();
    write(tree, "", out);
    return out.toString();
  }

  private static void write(JsonObject object, String indent, StringBuilder out) {
    for (Map.Entry<String, JsonValue> member : object.members().entrySet()) {
      out.append(indent).append(member.getKey()).append(':');
      switch (member.getValue()) {
        case JsonObject inner when !inner.members().isEmpty() -> {
          out.append('\n');
          write(inner, indent + "  ", out);
        }
        case JsonObject inner -> scalar(inner, out);
        case JsonArray array -> scalar(array, out);
        case JsonString text -> scalar(text, out);
        case JsonInteger number -> scalar(number, out);
        case JsonDecimal number -> scalar(number, out);
        case JsonBool truth -> scalar(truth, out);
        case JsonNull nothing -> scalar(nothing, out);
      }
    }
  }

  private static void scalar(JsonValue value, StringBuilder out) {
    out.append(' ');
    Json.compact(value)
        .chars()
        .forEach(
            c -> {
              if (isPrintable(c)) {
                out.append((char) c);
              } else {
                out.append("\\u%04x".formatted(c));
              }
            });
    out.append('\n');
  }

  /** YAML takes some characters for line ends or for damage that JSON allows inside a text. */
  private static boolean isPrintable(int c) {
    return !Character.isISOControl(c)
        && c != '\u2028'
        && c != '\u2029'
        && c != '\uFEFF'
        && c < 0xFFFE;
  }
}
