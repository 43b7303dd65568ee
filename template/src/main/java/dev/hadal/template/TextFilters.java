package dev.hadal.template;

import static java.util.Map.entry;

import dev.hadal.template.Arguments.Bound;
import dev.hadal.template.Characters.Case;
import dev.hadal.template.Filters.Filter;
import dev.hadal.template.TextSplit.Side;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Filters that make texts. Most take any value and work on its text. */
final class TextFilters {
  private static final int USUAL_INDENT = 4;
  private static final int USUAL_WIDTH = 80;
  private static final int USUAL_LENGTH = 255;
  private static final int USUAL_LEEWAY = 5;

  static final Map<String, Filter> FILTERS =
      Map.ofEntries(
          entry("string", plain((text, _) -> text)),
          entry("safe", plain((text, _) -> text)),
          entry("upper", plain((text, b) -> Characters.with(Case.UPPER, text, b))),
          entry("lower", plain((text, b) -> Characters.with(Case.LOWER, text, b))),
          entry("capitalize", plain(Characters::capitalized)),
          entry(
              "title",
              plain((text, b) -> Characters.titled(text, Case.UPPER, TextFilters::isBetween, b))),
          entry("wordcount", plain((text, b) -> new IntegerValue(words(text, b)))),
          entry("escape", plain(TextFilters::escape)),
          entry("e", plain(TextFilters::escape)),
          entry("forceescape", plain(TextFilters::escape)),
          entry("urlencode", plain(TextFilters::urlEncode)),
          entry("trim", TextFilters::trim),
          entry("replace", TextFilters::replace),
          entry("indent", TextFilters::indent),
          entry("truncate", TextFilters::truncate),
          entry("center", TextFilters::center),
          entry("format", TextFilters::format));

  private TextFilters() {}

  private interface PlainFilter {
    Value apply(TextValue text, Budget budget);
  }

  private static Filter plain(PlainFilter filter) {
    return (value, arguments, budget) -> {
      arguments.bind();
      TextValue text = PythonText.str(value, budget);
      budget.read(text.length());
      return filter.apply(text, budget);
    };
  }

  private static boolean isBetween(int c) {
    return "-({[<".indexOf(c) >= 0 || Characters.isSpace(c);
  }

  private static long words(TextValue text, Budget budget) {
    long words = 0;
    boolean before = false;
    for (int c : text.toString().codePoints().toArray()) {
      boolean word = c == '_' || Characters.isAlphanumeric(c);
      words += word && !before ? 1 : 0;
      before = word;
    }
    budget.text(2L * text.length());
    return words;
  }

  private static Value escape(TextValue text, Budget budget) {
    TextBuilder out = new TextBuilder(budget);
    String all = text.toString();
    int plain = 0;
    for (int at = 0; at < all.length(); at++) {
      String escape =
          switch (all.charAt(at)) {
            case '&' -> "&amp;";
            case '<' -> "&lt;";
            case '>' -> "&gt;";
            case '"' -> "&#34;";
            case '\'' -> "&#39;";
            default -> "";
          };
      if (!escape.isEmpty()) {
        out.append(text, plain, at).append(escape, text.originAt(at));
        plain = at + 1;
      }
    }
    return out.append(text, plain, all.length()).build();
  }

  private static Value urlEncode(TextValue text, Budget budget) {
    TextBuilder out = new TextBuilder(budget);
    for (Segment segment : text.segments()) {
      budget.text(9L * segment.text().length());
      String encoded = URLEncoder.encode(segment.text(), StandardCharsets.UTF_8);
      out.append(
          encoded.replace("+", "%20").replace("*", "%2A").replace("%7E", "~").replace("%2F", "/"),
          segment.origin());
    }
    return out.build();
  }

  private static Value trim(Value value, Arguments arguments, Budget budget) {
    Bound bound = arguments.bind("chars");
    Value chars = bound.get("chars", new NoneValue());
    return TextSplit.strip(
        PythonText.str(value, budget),
        chars instanceof NoneValue ? null : Types.text(chars, "trim"),
        true,
        true,
        budget);
  }

  private static Value replace(Value value, Arguments arguments, Budget budget) {
    Bound bound = arguments.bind("old", "new", "count");
    Value count = bound.get("count", new NoneValue());
    return TextSplit.replace(
        PythonText.str(value, budget),
        PythonText.str(bound.get("old"), budget),
        PythonText.str(bound.get("new"), budget),
        count instanceof NoneValue ? -1 : Types.small(count, "replace"),
        budget);
  }

  /** Lines but the first begin further in; empty ones do not. */
  private static Value indent(Value value, Arguments arguments, Budget budget) {
    Bound bound = arguments.bind("width", "first", "blank");
    Value width = bound.get("width", new IntegerValue(USUAL_INDENT));
    TextValue indent =
        width instanceof TextValue text
            ? text
            : new TextBuilder(budget)
                .repeat(TextValue.ofTemplate(" "), Types.integer(width, "indent"))
                .build();
    boolean blank = bound.truth("blank", false);
    TextBuilder out = new TextBuilder(budget);
    if (bound.truth("first", false)) {
      out.append(indent);
    }
    TextValue ended =
        new TextBuilder(budget).append(Types.text(value, "indent")).append("\n").build();
    List<TextValue> lines = TextSplit.lines(ended, false, budget);
    for (int i = 0; i < lines.size(); i++) {
      TextValue line = lines.get(i);
      if (i > 0) {
        out.append("\n");
        out.append(blank || !line.isEmpty() ? indent : TextValue.EMPTY);
      }
      out.append(line);
    }
    return out.build();
  }

  private static Value truncate(Value value, Arguments arguments, Budget budget) {
    Bound bound = arguments.bind("length", "killwords", "end", "leeway");
    TextValue text = Types.text(value, "truncate");
    int length = bound.integer("length", USUAL_LENGTH);
    TextValue end = bound.text("end", "...");
    int leeway = bound.integer("leeway", USUAL_LEEWAY);
    if (length < end.codePoints() || leeway < 0) {
      throw Failure.value("truncate: expected a length that holds the end, found " + length);
    }
    if (text.codePoints() <= (long) length + leeway) {
      return text;
    }
    int kept = text.offset(length - end.codePoints());
    int blank = bound.truth("killwords", false) ? -1 : text.toString().lastIndexOf(' ', kept - 1);
    return new TextBuilder(budget).append(text, 0, blank < 0 ? kept : blank).append(end).build();
  }

  private static Value center(Value value, Arguments arguments, Budget budget) {
    int width = arguments.bind("width").integer("width", USUAL_WIDTH);
    TextValue blank = TextValue.ofTemplate(" ");
    return TextSplit.pad(PythonText.str(value, budget), width, blank, Side.BOTH, budget);
  }

  private static Value format(Value value, Arguments arguments, Budget budget) {
    TextValue format = PythonText.str(value, budget);
    if (arguments.named().isEmpty()) {
      return PercentFormat.format(format, new ListValue(arguments.positional(), true), budget);
    }
    if (!arguments.positional().isEmpty()) {
      throw Failure.value("format: expected arguments all with names or all without");
    }
    return PercentFormat.format(format, DictValue.of(arguments.named(), Origin.TEMPLATE), budget);
  }
}
