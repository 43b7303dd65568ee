package dev.hadal.template;

import java.util.List;

/** {@code format % values}: Python's formatting in the manner of {@code printf}. */
final class PercentFormat {
  private final TextValue format;
  private final Value values;
  private final Budget budget;
  private final TextBuilder out;
  private int at;
  private int used;

  private PercentFormat(TextValue format, Value values, Budget budget) {
    this.format = format;
    this.values = values;
    this.budget = budget;
    this.out = new TextBuilder(budget);
  }

  static TextValue format(TextValue format, Value values, Budget budget) {
    return new PercentFormat(format, values, budget).run();
  }

  private TextValue run() {
    String all = format.toString();
    while (at < all.length()) {
      int percent = TextSearch.find(all, "%", at, budget);
      int end = percent < 0 ? all.length() : percent;
      out.append(format, at, end);
      at = end;
      if (percent >= 0) {
        at++;
        conversion();
      }
    }
    boolean left = values instanceof ListValue list && list.tuple() && used < list.items().size();
    if (left || (isSingle() && used == 0)) {
      throw Failure.value("%: more values than the format has places");
    }
    return out.build();
  }

  private boolean isSingle() {
    return !(values instanceof DictValue) && !(values instanceof ListValue);
  }

  private void conversion() {
    Value named = null;
    if (peek() == '(') {
      int close = format.toString().indexOf(')', at);
      if (close < 0) {
        throw Failure.value("%: expected a closing bracket behind a name");
      }
      String name = format.toString().substring(at + 1, close);
      named = Types.dict(values, "%").get(name);
      if (named == null) {
        throw Failure.value("%%: there is no value %s".formatted(Quoted.text(name)));
      }
      at = close + 1;
    }
    FormatSpec.Builder spec = new FormatSpec.Builder();
    while ("-+ #0".indexOf(peek()) >= 0) {
      spec.flag(format.toString().charAt(at++));
    }
    spec.width(number());
    if (peek() == '.') {
      at++;
      spec.precision(Math.max(0, number()));
    }
    char type = peek();
    at++;
    if (type == '%') {
      out.append("%");
      return;
    }
    Value value = named != null ? named : next();
    out.append(
        switch (type) {
          case 's' -> spec.text().formatText(PythonText.str(value, budget), budget);
          case 'r', 'a' -> spec.text().formatText(repr(value), budget);
          case 'c' -> spec.text().formatText(character(value), budget);
          case 'd', 'i', 'u' -> spec.type('d').formatNumber(whole(value), budget);
          case 'x', 'X', 'o', 'e', 'E', 'f', 'F', 'g', 'G' ->
              spec.type(type).formatNumber(value, budget);
          default ->
              throw Failure.value(
                  "%%: there is no conversion %s".formatted(Quoted.text(String.valueOf(type))));
        });
  }

  private static Value whole(Value value) {
    return value instanceof FloatValue(double number) ? NumberFilters.truncated(number) : value;
  }

  private TextValue character(Value value) {
    if (value instanceof TextValue text && text.codePoints() == 1) {
      return text;
    }
    int code = Types.small(value, "%c");
    if (!Character.isValidCodePoint(code)) {
      throw Failure.value("%%c: expected a character, found %d".formatted(code));
    }
    return TextValue.ofTemplate(Character.toString(code));
  }

  private TextValue repr(Value value) {
    TextBuilder text = new TextBuilder(budget);
    PythonText.repr(value, text, budget);
    return text.build();
  }

  /** The character at the cursor. */
  private char peek() {
    if (at >= format.length()) {
      throw Failure.value("%: the format ends within a conversion");
    }
    return format.toString().charAt(at);
  }

  private int number() {
    if (peek() == '*') {
      at++;
      return Types.small(next(), "%*");
    }
    int number = -1;
    while (peek() >= '0' && peek() <= '9') {
      number = Math.min(Math.max(number, 0), 1 << 24) * 10 + (peek() - '0');
      at++;
    }
    return number;
  }

  private Value next() {
    if (values instanceof ListValue list && list.tuple()) {
      List<Value> items = list.items();
      if (used >= items.size()) {
        throw Failure.value("%: fewer values than the format has places");
      }
      return items.get(used++);
    }
    if (used++ > 0) {
      throw Failure.value("%: fewer values than the format has places");
    }
    return values;
  }
}
