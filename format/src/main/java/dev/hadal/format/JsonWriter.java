package dev.hadal.format;

import java.util.List;
import java.util.Map;

/** Spells a {@link JsonValue}; the same tree always gives the same characters. */
final class JsonWriter {
  private final StringBuilder out = new StringBuilder();
  private final boolean pretty;

  JsonWriter(boolean pretty) {
    this.pretty = pretty;
  }

  String write(JsonValue value) {
    write(value, 0);
    return out.toString();
  }

  private void write(JsonValue value, int depth) {
    switch (value) {
      case JsonObject object -> writeObject(object.members(), depth);
      case JsonArray array -> writeArray(array.elements(), depth);
      case JsonString(String text) -> writeString(text);
      case JsonInteger(long number) -> out.append(number);
      case JsonDecimal(double number) -> out.append(number);
      case JsonBool(boolean truth) -> out.append(truth);
      case JsonNull _ -> out.append("null");
    }
  }

  private void writeObject(Map<String, JsonValue> members, int depth) {
    out.append('{');
    String separator = "";
    for (Map.Entry<String, JsonValue> member : members.entrySet()) {
      out.append(separator);
      newLine(depth + 1);
      writeString(member.getKey());
      out.append(pretty ? ": " : ":");
      write(member.getValue(), depth + 1);
      separator = ",";
    }
    if (!members.isEmpty()) {
      newLine(depth);
    }
    out.append('}');
  }

  private void writeArray(List<JsonValue> elements, int depth) {
    // Arrays of scalars (shapes, token ids) stay on one line; containers get lines of their own.
    boolean lines =
        elements.stream().anyMatch(e -> e instanceof JsonObject || e instanceof JsonArray);
    out.append('[');
    String separator = "";
    for (JsonValue element : elements) {
      out.append(separator);
      if (lines) {
        newLine(depth + 1);
      }
      write(element, depth + 1);
      separator = pretty && !lines ? ", " : ",";
    }
    if (lines) {
      newLine(depth);
    }
    out.append(']');
  }

  private void newLine(int depth) {
    if (pretty) {
      out.append('\n').repeat("  ", depth);
    }
  }

  private void writeString(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < 0x20 || isLoneSurrogate(text, i)) {
            out.append("\\u%04x".formatted((int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  private static boolean isLoneSurrogate(String text, int index) {
    char c = text.charAt(index);
    if (Character.isHighSurrogate(c)) {
      return index + 1 == text.length() || !Character.isLowSurrogate(text.charAt(index + 1));
    }
    return Character.isLowSurrogate(c)
        && (index == 0 || !Character.isHighSurrogate(text.charAt(index - 1)));
  }
}
