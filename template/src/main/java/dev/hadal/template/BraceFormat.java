package dev.hadal.template;

/** {@code format.format(values)}: Python's formatting with braces. */
final class BraceFormat {
  private static final int LONGEST_FIELD = 200;

  private final TextValue format;
  private final Arguments arguments;
  private final Budget budget;
  private final TextBuilder out;
  private int used;

  private BraceFormat(TextValue format, Arguments arguments, Budget budget) {
    this.format = format;
    this.arguments = arguments;
    this.budget = budget;
    this.out = new TextBuilder(budget);
  }

  static Value format(TextValue format, Arguments arguments, Budget budget) {
    return new BraceFormat(format, arguments, budget).run();
  }

  private TextValue run() {
    String all = format.toString();
    int at = 0;
    while (at < all.length()) {
      char c = all.charAt(at);
      if (c != '{' && c != '}') {
        int plain = at;
        while (at < all.length() && all.charAt(at) != '{' && all.charAt(at) != '}') {
          at++;
        }
        out.append(format, plain, at);
      } else if (at + 1 < all.length() && all.charAt(at + 1) == c) {
        out.append(format, at, at + 1);
        at += 2;
      } else {
        int close = c == '{' ? all.indexOf('}', at) : -1;
        if (close < 0) {
          throw Failure.value("format: expected each brace to have its partner");
        }
        field(at + 1, close);
        at = close + 1;
      }
    }
    return out.build();
  }

  /** {@code name!conversion:spec}, each part of which may be missing. */
  private void field(int from, int to) {
    budget.step();
    String field = format.toString().substring(from, to);
    if (field.length() > LONGEST_FIELD) {
      throw Failure.limit("characters of a field", LONGEST_FIELD);
    }
    if (field.indexOf('{') >= 0) {
      throw Failure.value("format: expected no braces within a field");
    }
    int colon = field.indexOf(':');
    String head = colon < 0 ? field : field.substring(0, colon);
    int bang = head.indexOf('!');
    Value value = value(bang < 0 ? head : head.substring(0, bang));
    if (bang >= 0) {
      value = converted(value, head.substring(bang + 1));
    }
    FormatSpec spec =
        colon < 0
            ? new FormatSpec.Builder().type('\0')
            : spec(format.slice(from + colon + 1, to, budget));
    out.append(
        Types.isNumber(value) && !(value instanceof BooleanValue && spec.type() == 0)
            ? spec.formatNumber(value, budget)
            : spec.formatText(PythonText.str(value, budget), budget));
  }

  private Value converted(Value value, String conversion) {
    return switch (conversion) {
      case "s" -> PythonText.str(value, budget);
      case "r" -> {
        TextBuilder text = new TextBuilder(budget);
        PythonText.repr(value, text, budget);
        yield text.build();
      }
      default ->
          throw Failure.value(
              "format: there is no conversion %s".formatted(Quoted.text(conversion)));
    };
  }

  private Value value(String path) {
    String[] steps = path.replace("]", "").split("[.\\[]", -1);
    Value value;
    if (steps[0].isEmpty() || isNumber(steps[0])) {
      int place = steps[0].isEmpty() ? used++ : Integer.parseInt(steps[0]);
      if (place >= arguments.positional().size()) {
        throw Failure.value("format: there is no argument %d".formatted(place));
      }
      value = arguments.positional().get(place);
    } else {
      Value named = arguments.named().get(steps[0]);
      if (named == null) {
        throw Failure.value("format: there is no argument %s".formatted(Quoted.text(steps[0])));
      }
      value = named;
    }
    for (int i = 1; i < steps.length; i++) {
      Value key =
          isNumber(steps[i])
              ? new IntegerValue(Integer.parseInt(steps[i]))
              : TextValue.ofTemplate(steps[i]);
      value = Attributes.item(value, key, budget);
    }
    return value;
  }

  private static boolean isNumber(String text) {
    return text.matches("[0-9]{1,6}");
  }

  private static FormatSpec spec(TextValue text) {
    String all = text.toString();
    FormatSpec.Builder spec = new FormatSpec.Builder();
    int at = 0;
    int first = all.isEmpty() ? 0 : Character.charCount(all.codePointAt(0));
    if (first < all.length() && "<>^=".indexOf(all.charAt(first)) >= 0) {
      spec.fill(TextValue.of(all.substring(0, first), text.originAt(0)));
      spec.align(all.charAt(first));
      at = first + 1;
    } else if (at < all.length() && "<>^=".indexOf(all.charAt(0)) >= 0) {
      spec.align(all.charAt(0));
      at = 1;
    }
    while (at < all.length() && "+- #".indexOf(all.charAt(at)) >= 0) {
      if (all.charAt(at) != '-') {
        spec.flag(all.charAt(at));
      }
      at++;
    }
    if (at < all.length() && all.charAt(at) == '0') {
      spec.zeros();
      at++;
    }
    int end = digits(all, at);
    spec.width(number(all, at, end));
    at = end;
    if (at < all.length() && (all.charAt(at) == ',' || all.charAt(at) == '_')) {
      spec.grouping(all.charAt(at++));
    }
    if (at < all.length() && all.charAt(at) == '.') {
      end = digits(all, at + 1);
      spec.precision(number(all, at + 1, end));
      at = end;
    }
    if (all.length() - at > 1) {
      throw Failure.value("format: %s is no format".formatted(Quoted.text(all)));
    }
    return spec.type(at < all.length() ? all.charAt(at) : '\0');
  }

  private static int digits(String text, int from) {
    int end = from;
    while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
      end++;
    }
    return end;
  }

  private static int number(String text, int from, int to) {
    if (to - from > 9) {
      throw Failure.limit("digits of a width", 9);
    }
    return from == to ? 0 : Integer.parseInt(text, from, to, 10);
  }
}
