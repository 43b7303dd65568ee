package dev.hadal.template;

import java.math.BigDecimal;
import java.util.HexFormat;
import java.util.List;

/** The texts of values: what Python's {@code str} and {@code repr} make of them. */
final class PythonText {
  private static final int LEAST_EXPONENT = -4;
  private static final int PLAIN_DIGITS = 16;

  private PythonText() {}

  /** The value as it is printed. */
  static TextValue str(Value value, Budget budget) {
    if (value instanceof TextValue text) {
      return text;
    }
    TextBuilder out = new TextBuilder(budget);
    str(value, out, budget);
    return out.build();
  }

  static void str(Value value, TextBuilder out, Budget budget) {
    switch (value) {
      case TextValue text -> out.append(text);
      case UndefinedValue _ -> {}
      default -> repr(value, out, budget);
    }
  }

  /** The value as it is printed within a list. */
  static void repr(Value value, TextBuilder out, Budget budget) {
    switch (value) {
      case TextValue text -> quote(text, out, budget);
      case IntegerValue(long number) -> out.append(Long.toString(number));
      case FloatValue(double number) -> out.append(number(number));
      case BooleanValue(boolean truth) -> out.append(truth ? "True" : "False");
      case NoneValue _ -> out.append("None");
      case UndefinedValue _ -> out.append("Undefined");
      case ListValue list -> list(list, out, budget);
      case DictValue dict -> dict(dict, out, budget);
      case ObjectValue object -> out.append(object.print());
    }
  }

  private static void list(ListValue list, TextBuilder out, Budget budget) {
    budget.enter();
    out.append(list.tuple() ? "(" : "[");
    List<Value> items = list.items();
    for (int i = 0; i < items.size(); i++) {
      out.append(i > 0 ? ", " : "");
      repr(items.get(i), out, budget);
    }
    out.append(list.tuple() ? items.size() == 1 ? ",)" : ")" : "]");
    budget.leave();
  }

  private static void dict(DictValue dict, TextBuilder out, Budget budget) {
    budget.enter();
    String separator = "{";
    for (DictValue.Entry entry : dict.entries()) {
      out.append(separator);
      repr(entry.key(), out, budget);
      out.append(": ");
      repr(entry.value(), out, budget);
      separator = ", ";
    }
    out.append(dict.size() == 0 ? "{}" : "}");
    budget.leave();
  }

  private static void quote(TextValue text, TextBuilder out, Budget budget) {
    String all = text.toString();
    budget.read(all.length());
    int quote = all.indexOf('\'') >= 0 && all.indexOf('"') < 0 ? '"' : '\'';
    String mark = Character.toString(quote);
    out.append(mark);
    int plain = 0;
    int width;
    for (int at = 0; at < all.length(); at += width) {
      int c = all.codePointAt(at);
      width = Character.charCount(c);
      String escape = escape(c, quote);
      if (!escape.isEmpty()) {
        out.append(text, plain, at).append(escape, text.originAt(at));
        plain = at + width;
      }
    }
    out.append(text, plain, all.length()).append(mark);
  }

  private static String escape(int c, int quote) {
    if (c == quote || c == '\\') {
      return "\\" + (char) c;
    }
    return switch (c) {
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      case ' ' -> "";
      default -> {
        if (isPrintable(c)) {
          yield "";
        }
        HexFormat hex = HexFormat.of();
        yield c < 0x100
            ? "\\x" + hex.toHexDigits((byte) c)
            : c < 0x10000 ? "\\u" + hex.toHexDigits((char) c) : "\\U" + hex.toHexDigits(c);
      }
    };
  }

  private static boolean isPrintable(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SPACE_SEPARATOR ->
          false;
      default -> true;
    };
  }

  /** A number with the fewest digits that tell it from its neighbours. */
  static String number(double number) {
    if (Double.isNaN(number)) {
      return "nan";
    }
    if (Double.isInfinite(number)) {
      return number > 0 ? "inf" : "-inf";
    }
    if (number == 0) {
      return 1 / number < 0 ? "-0.0" : "0.0";
    }
    BigDecimal shortest = new BigDecimal(Double.toString(number)).stripTrailingZeros();
    int exponent = shortest.precision() - shortest.scale() - 1;
    if (exponent >= LEAST_EXPONENT && exponent < PLAIN_DIGITS) {
      String plain = shortest.toPlainString();
      return plain.indexOf('.') < 0 ? plain + ".0" : plain;
    }
    String digits = shortest.unscaledValue().abs().toString();
    String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
    return (number < 0 ? "-" : "") + digits.charAt(0) + fraction + NumberFormat.exponent(exponent);
  }
}
