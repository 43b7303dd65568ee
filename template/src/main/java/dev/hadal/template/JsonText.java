package dev.hadal.template;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * JSON as the filter {@code tojson} of Hugging Face transformers writes it: Python's {@code
 * json.dumps} with its spaces, and characters beyond ASCII as they are unless asked otherwise.
 */
final class JsonText {
  private static final HexFormat HEXADECIMAL = HexFormat.of();

  private final TextBuilder out;
  private final Budget budget;
  private final boolean ascii;
  private final boolean sorted;
  private final @Nullable TextValue indent;
  private final TextValue itemSeparator;
  private final TextValue keySeparator;
  private int level;

  private JsonText(Arguments.Bound options, Budget budget) {
    this.out = new TextBuilder(budget);
    this.budget = budget;
    this.ascii = options.truth("ensure_ascii", false);
    this.sorted = options.truth("sort_keys", false);
    this.indent = indent(options.get("indent", new NoneValue()), budget);
    TextValue item = TextValue.ofTemplate(indent == null ? ", " : ",");
    TextValue key = TextValue.ofTemplate(": ");
    if (options.find("separators") instanceof ListValue pair) {
      if (pair.items().size() != 2) {
        throw Failure.value("tojson: expected two separators, found " + pair.items().size());
      }
      item = Types.text(pair.items().getFirst(), "tojson, separators");
      key = Types.text(pair.items().getLast(), "tojson, separators");
    }
    this.itemSeparator = item;
    this.keySeparator = key;
  }

  private static @Nullable TextValue indent(Value value, Budget budget) {
    return switch (value) {
      case NoneValue _ -> null;
      case TextValue text -> text;
      default ->
          new TextBuilder(budget)
              .repeat(TextValue.ofTemplate(" "), Types.integer(value, "tojson, indent"))
              .build();
    };
  }

  static TextValue of(Value value, Arguments arguments, Budget budget) {
    JsonText json =
        new JsonText(arguments.bind("ensure_ascii", "indent", "separators", "sort_keys"), budget);
    json.write(value);
    return json.out.build();
  }

  private void write(Value value) {
    switch (value) {
      case TextValue text -> string(text);
      case IntegerValue(long number) -> out.append(Long.toString(number));
      case FloatValue(double number) -> out.append(number(number));
      case BooleanValue(boolean truth) -> out.append(Boolean.toString(truth));
      case NoneValue _ -> out.append("null");
      case ListValue list -> list(list.items());
      case DictValue dict -> dict(dict);
      case UndefinedValue _, ObjectValue _ ->
          throw Failure.value("tojson: %s cannot be written".formatted(Types.describe(value)));
    }
  }

  private static String number(double number) {
    if (Double.isFinite(number)) {
      return PythonText.number(number);
    }
    return Double.isNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity";
  }

  private void list(List<Value> items) {
    if (items.isEmpty()) {
      out.append("[]");
      return;
    }
    open("[");
    for (int i = 0; i < items.size(); i++) {
      separate(i);
      write(items.get(i));
    }
    close("]");
  }

  private void dict(DictValue dict) {
    if (dict.size() == 0) {
      out.append("{}");
      return;
    }
    open("{");
    List<DictValue.Entry> entries = new ArrayList<>(dict.entries());
    if (sorted) {
      entries.sort(Comparator.comparing(DictValue.Entry::key, Comparison.order(budget)));
    }
    for (int i = 0; i < entries.size(); i++) {
      separate(i);
      key(entries.get(i).key());
      out.append(keySeparator);
      write(entries.get(i).value());
    }
    close("}");
  }

  private void key(Value key) {
    switch (key) {
      case TextValue text -> string(text);
      case IntegerValue _, FloatValue _, BooleanValue _, NoneValue _ -> {
        out.append("\"");
        write(key);
        out.append("\"");
      }
      default ->
          throw Failure.value(
              "tojson: %s cannot be written as a key".formatted(Types.describe(key)));
    }
  }

  private void open(String bracket) {
    budget.enter();
    level++;
    out.append(bracket);
  }

  private void separate(int index) {
    if (index > 0) {
      out.append(itemSeparator);
    }
    newLine();
  }

  private void close(String bracket) {
    level--;
    newLine();
    out.append(bracket);
    budget.leave();
  }

  private void newLine() {
    if (indent != null) {
      out.append("\n").repeat(indent, level);
    }
  }

  private void string(TextValue text) {
    String all = text.toString();
    out.append("\"");
    int plain = 0;
    for (int at = 0; at < all.length(); at++) {
      String escape = escape(all.charAt(at));
      if (!escape.isEmpty()) {
        out.append(text, plain, at).append(escape, text.originAt(at));
        plain = at + 1;
      }
    }
    out.append(text, plain, all.length()).append("\"");
  }

  private String escape(char c) {
    return switch (c) {
      case '"' -> "\\\"";
      case '\\' -> "\\\\";
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      case '\f' -> "\\f";
      case '\b' -> "\\b";
      default -> c < ' ' || (ascii && c > '~') ? "\\u" + HEXADECIMAL.toHexDigits(c) : "";
    };
  }
}
