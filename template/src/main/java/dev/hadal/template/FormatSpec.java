package dev.hadal.template;

import dev.hadal.template.TextSplit.Side;
import org.jspecify.annotations.Nullable;

/**
 * How one value is formatted.
 *
 * @param fill the character that fills up
 * @param align one of {@code < > ^ =}; null for the type's own
 * @param sign one of {@code + -} and blank
 * @param prefixed whether a base is shown
 * @param width the least width
 * @param grouping the character between groups of digits; null for none
 * @param precision digits or characters, less than 0 for the type's own
 * @param type the presentation type, 0 for the value's own
 */
record FormatSpec(
    TextValue fill,
    @Nullable Side align,
    boolean padsDigits,
    char sign,
    boolean prefixed,
    int width,
    @Nullable Character grouping,
    int precision,
    char type) {

  /** A text: cut to the precision, then filled up. */
  TextValue formatText(TextValue text, Budget budget) {
    if (type != 0 && type != 's') {
      throw Failure.value(
          "a format: there is no type %s for a text".formatted(Quoted.text(String.valueOf(type))));
    }
    TextValue cut =
        precision >= 0 && precision < text.codePoints()
            ? text.slice(0, text.offset(precision), budget)
            : text;
    return TextSplit.pad(cut, width, fill, align == null ? Side.RIGHT : align, budget);
  }

  /** A number: written in its type, with its sign, then filled up. */
  TextValue formatNumber(Value value, Budget budget) {
    boolean whole = Types.isInteger(value) && "eEfFgG%".indexOf(type) < 0;
    double number = Types.number(value, "a format");
    boolean negative = number < 0 || (number == 0 && 1 / number < 0 && !whole);
    String digits = whole ? wholeDigits(value) : fractionDigits(Math.abs(number));
    if (grouping != null) {
      digits = NumberFormat.grouped(digits, grouping);
    }
    String signed = negative ? "-" : sign == '-' ? "" : String.valueOf(sign);
    if (padsDigits) {
      TextValue zeros = TextValue.ofTemplate(digits);
      long room = (long) width - signed.length();
      return new TextBuilder(budget)
          .append(signed)
          .append(TextSplit.pad(zeros, room, fill, Side.LEFT, budget))
          .build();
    }
    TextValue all = TextValue.ofTemplate(signed + digits);
    return TextSplit.pad(all, width, fill, align == null ? Side.LEFT : align, budget);
  }

  private String wholeDigits(Value value) {
    if (type != 0 && "bdoxXn".indexOf(type) < 0) {
      throw Failure.value(
          "a format: there is no type %s for an integer"
              .formatted(Quoted.text(String.valueOf(type))));
    }
    // The magnitude of the least integer is right as an unsigned number.
    return NumberFormat.integer(Math.abs(Types.integer(value, "a format")), type, prefixed);
  }

  private String fractionDigits(double magnitude) {
    return switch (type) {
      case 0 ->
          precision < 0
              ? PythonText.number(magnitude)
              : NumberFormat.fraction(magnitude, 'g', precision);
      case '%' -> NumberFormat.fraction(magnitude * 100, 'f', precision) + "%";
      case 'e', 'E', 'f', 'F', 'g', 'G' -> NumberFormat.fraction(magnitude, type, precision);
      default ->
          throw Failure.value(
              "a format: there is no type %s for a number"
                  .formatted(Quoted.text(String.valueOf(type))));
    };
  }

  /** Collects the parts of a format. */
  static final class Builder {
    private static final TextValue BLANK = TextValue.ofTemplate(" ");
    private static final TextValue ZERO = TextValue.ofTemplate("0");

    private TextValue fill = BLANK;
    private @Nullable Side align;
    private boolean padsDigits;
    private char sign = '-';
    private boolean prefixed;
    private int width;
    private @Nullable Character grouping;
    private int precision = -1;

    Builder fill(TextValue with) {
      fill = with;
      return this;
    }

    Builder align(char character) {
      padsDigits = character == '=';
      align =
          switch (character) {
            case '<' -> Side.RIGHT;
            case '>' -> Side.LEFT;
            case '^' -> Side.CENTRE;
            default -> null;
          };
      return this;
    }

    Builder flag(char flag) {
      switch (flag) {
        case '-' -> align('<').fill(BLANK);
        case '+' -> sign = '+';
        case ' ' -> sign = sign == '+' ? '+' : ' ';
        case '#' -> prefixed = true;
        default -> zeros();
      }
      return this;
    }

    Builder zeros() {
      if (align == null) {
        fill = ZERO;
        padsDigits = true;
      }
      return this;
    }

    Builder width(int least) {
      width = Math.max(0, least);
      return this;
    }

    Builder grouping(char separator) {
      grouping = separator;
      return this;
    }

    Builder precision(int digits) {
      precision = digits;
      return this;
    }

    /** For a text in the manner of {@code printf}: on the right, and never behind zeros. */
    FormatSpec text() {
      fill = BLANK;
      align = align == null ? Side.LEFT : align;
      return type('s');
    }

    FormatSpec type(char type) {
      return new FormatSpec(
          fill, align, padsDigits, sign, prefixed, width, grouping, precision, type);
    }
  }
}
