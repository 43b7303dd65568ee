package dev.hadal.template;

import static java.util.Map.entry;

import dev.hadal.template.Arguments.Bound;
import dev.hadal.template.TextSplit.Side;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** The methods of texts. */
final class TextMethods {
  private static final TextValue BLANK = TextValue.ofTemplate(" ");

  private static final Map<String, Method> METHODS =
      Map.ofEntries(
          entry("upper", plain((text, b) -> Characters.with(Characters.Case.UPPER, text, b))),
          entry("lower", plain((text, b) -> Characters.with(Characters.Case.LOWER, text, b))),
          entry("casefold", plain((text, b) -> Characters.with(Characters.Case.LOWER, text, b))),
          entry("swapcase", plain((text, b) -> Characters.with(Characters.Case.SWAPPED, text, b))),
          entry("capitalize", plain(Characters::capitalized)),
          entry(
              "title",
              plain(
                  (text, b) ->
                      Characters.titled(text, Characters.Case.TITLE, c -> !isCased(c), b))),
          entry("strip", (text, a, b) -> strip(text, a, true, true, b)),
          entry("lstrip", (text, a, b) -> strip(text, a, true, false, b)),
          entry("rstrip", (text, a, b) -> strip(text, a, false, true, b)),
          entry("split", (text, a, b) -> split(text, a, false, b)),
          entry("rsplit", (text, a, b) -> split(text, a, true, b)),
          entry(
              "splitlines",
              (text, a, b) ->
                  ListValue.of(
                      TextSplit.lines(text, a.bind("keepends").truth("keepends", false), b))),
          entry(
              "partition",
              (text, a, b) -> TextSplit.partition(text, a.bind("sep").text("sep"), false, b)),
          entry(
              "rpartition",
              (text, a, b) -> TextSplit.partition(text, a.bind("sep").text("sep"), true, b)),
          entry("join", TextMethods::join),
          entry("replace", TextMethods::replace),
          entry("startswith", (text, a, b) -> starts(text, a, false, b)),
          entry("endswith", (text, a, b) -> starts(text, a, true, b)),
          entry("removeprefix", TextMethods::removePrefix),
          entry("removesuffix", TextMethods::removeSuffix),
          entry("find", (text, a, b) -> find(text, a, false, false, b)),
          entry("index", (text, a, b) -> find(text, a, false, true, b)),
          entry("rfind", (text, a, b) -> find(text, a, true, false, b)),
          entry("rindex", (text, a, b) -> find(text, a, true, true, b)),
          entry("count", TextMethods::count),
          entry("ljust", (text, a, b) -> pad(text, a, Side.RIGHT, b)),
          entry("rjust", (text, a, b) -> pad(text, a, Side.LEFT, b)),
          entry("center", (text, a, b) -> pad(text, a, Side.BOTH, b)),
          entry("zfill", TextMethods::zeroFill),
          entry("format", BraceFormat::format),
          entry("isdigit", all(Character::isDigit)),
          entry("isdecimal", all(Character::isDigit)),
          entry("isnumeric", all(Characters::isNumeric)),
          entry("isalpha", all(Character::isLetter)),
          entry("isalnum", all(Characters::isAlphanumeric)),
          entry("isspace", all(Characters::isSpace)),
          entry("isascii", (text, _, b) -> test(text.isEmpty() || holds(text, c -> c < 128, b))),
          entry("isupper", (text, _, _) -> new BooleanValue(Characters.allCased(text, true))),
          entry("islower", (text, _, _) -> new BooleanValue(Characters.allCased(text, false))));

  private TextMethods() {}

  /** What a method does. */
  private interface Method {
    Value apply(TextValue text, Arguments arguments, Budget budget);
  }

  private interface PlainMethod {
    Value apply(TextValue text, Budget budget);
  }

  /** A text's method; null where there is none of the name. */
  static @Nullable Value find(TextValue text, String name) {
    Method method = METHODS.get(name);
    return method == null
        ? null
        : new CallableValue(
            name,
            (arguments, budget) -> {
              budget.read(text.length());
              return method.apply(text, arguments, budget);
            });
  }

  private static Method plain(PlainMethod method) {
    return (text, arguments, budget) -> {
      arguments.bind();
      return method.apply(text, budget);
    };
  }

  private static Method all(IntPredicate of) {
    return (text, arguments, budget) -> {
      arguments.bind();
      return test(holds(text, of, budget));
    };
  }

  private static boolean holds(TextValue text, IntPredicate of, Budget budget) {
    budget.read(text.length());
    return Characters.all(text, of);
  }

  private static Value test(boolean holds) {
    return new BooleanValue(holds);
  }

  private static boolean isCased(int c) {
    return Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
  }

  private static @Nullable TextValue orNull(Bound bound, String name) {
    Value value = bound.find(name);
    return value == null || value instanceof NoneValue ? null : Types.text(value, bound.what(name));
  }

  private static Value strip(
      TextValue text, Arguments arguments, boolean start, boolean end, Budget budget) {
    return TextSplit.strip(text, orNull(arguments.bind("chars"), "chars"), start, end, budget);
  }

  private static Value split(TextValue text, Arguments arguments, boolean end, Budget budget) {
    Bound bound = arguments.bind("sep", "maxsplit");
    TextValue separator = orNull(bound, "sep");
    int most = bound.integer("maxsplit", -1);
    return end
        ? TextSplit.splitFromEnd(text, separator, most, budget)
        : TextSplit.split(text, separator, most, budget);
  }

  private static Value join(TextValue text, Arguments arguments, Budget budget) {
    List<Value> parts = Types.elements(arguments.bind("iterable").get("iterable"), budget);
    budget.items(parts.size());
    parts.forEach(part -> Types.text(part, "join"));
    return TextSplit.join(text, parts, budget);
  }

  private static Value replace(TextValue text, Arguments arguments, Budget budget) {
    Bound bound = arguments.bind("old", "new", "count");
    return TextSplit.replace(
        text, bound.text("old"), bound.text("new"), bound.integer("count", -1), budget);
  }

  /** The part of a text that the arguments start and end mean. */
  private static TextValue excerpt(TextValue text, Bound bound, Budget budget) {
    if (bound.find("start") == null && bound.find("end") == null) {
      return text;
    }
    Value part = Attributes.slice(text, bound.find("start"), bound.find("end"), null, budget);
    return Types.text(part, bound.what("start"));
  }

  private static Value starts(TextValue text, Arguments arguments, boolean end, Budget budget) {
    Bound bound = arguments.bind("prefix", "start", "end");
    String part = excerpt(text, bound, budget).toString();
    Value wanted = bound.get("prefix");
    List<Value> choices =
        wanted instanceof ListValue list && list.tuple() ? list.items() : List.of(wanted);
    for (Value choice : choices) {
      String fix = Types.text(choice, bound.what("prefix")).toString();
      budget.read(fix.length());
      if (end ? part.endsWith(fix) : part.startsWith(fix)) {
        return new BooleanValue(true);
      }
    }
    return new BooleanValue(false);
  }

  private static Value removePrefix(TextValue text, Arguments arguments, Budget budget) {
    String prefix = arguments.bind("prefix").text("prefix").toString();
    return text.toString().startsWith(prefix)
        ? text.slice(prefix.length(), text.length(), budget)
        : text;
  }

  private static Value removeSuffix(TextValue text, Arguments arguments, Budget budget) {
    String suffix = arguments.bind("suffix").text("suffix").toString();
    return text.toString().endsWith(suffix)
        ? text.slice(0, text.length() - suffix.length(), budget)
        : text;
  }

  private static Value find(
      TextValue text, Arguments arguments, boolean last, boolean must, Budget budget) {
    Bound bound = arguments.bind("sub", "start", "end");
    TextValue part = excerpt(text, bound, budget);
    String wanted = bound.text("sub").toString();
    int found =
        last
            ? TextSearch.findLast(part.toString(), wanted, part.length(), budget)
            : TextSearch.find(part.toString(), wanted, 0, budget);
    if (found < 0) {
      if (must) {
        throw Failure.value("index: expected the text to hold %s".formatted(Quoted.text(wanted)));
      }
      return new IntegerValue(-1);
    }
    Value start = bound.get("start", new IntegerValue(0));
    long before = start instanceof NoneValue ? 0 : Types.integer(start, bound.what("start"));
    before = before < 0 ? Math.max(0, before + text.codePoints()) : before;
    return new IntegerValue(before + part.codePointsBefore(found));
  }

  private static Value count(TextValue text, Arguments arguments, Budget budget) {
    Bound bound = arguments.bind("sub", "start", "end");
    return new IntegerValue(
        TextSplit.count(excerpt(text, bound, budget), bound.text("sub"), budget));
  }

  private static Value pad(TextValue text, Arguments arguments, Side side, Budget budget) {
    Bound bound = arguments.bind("width", "fillchar");
    TextValue fill = Types.text(bound.get("fillchar", BLANK), bound.what("fillchar"));
    return TextSplit.pad(text, bound.integer("width"), fill, side, budget);
  }

  private static Value zeroFill(TextValue text, Arguments arguments, Budget budget) {
    int width = arguments.bind("width").integer("width");
    String all = text.toString();
    int sign = all.startsWith("-") || all.startsWith("+") ? 1 : 0;
    return new TextBuilder(budget)
        .append(text, 0, sign)
        .repeat(TextValue.ofTemplate("0"), (long) width - text.codePoints())
        .append(text, sign, text.length())
        .build();
  }
}
