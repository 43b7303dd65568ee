package dev.hadal.template;

import static java.util.Map.entry;

import dev.hadal.template.Arguments.Bound;
import dev.hadal.template.Filters.Filter;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.Map;

/** Filters that make numbers. */
final class NumberFilters {
  private static final int MOST_DIGITS = 300;

  /** Texts that are longer are no numbers of 64 bits, and slow to read. */
  private static final int LONGEST_NUMBER = 400;

  static final Map<String, Filter> FILTERS =
      Map.ofEntries(
          entry("abs", NumberFilters::abs),
          entry("int", NumberFilters::toInteger),
          entry("float", NumberFilters::toFloat),
          entry("round", NumberFilters::round));

  private NumberFilters() {}

  private static Value abs(Value value, Arguments arguments, Budget budget) {
    arguments.bind();
    boolean negative =
        value instanceof FloatValue(double number)
            ? Double.doubleToRawLongBits(number) < 0
            : Types.integer(value, "abs") < 0;
    return negative ? Operators.negate(value) : Operators.plus(value);
  }

  private static Value toInteger(Value value, Arguments arguments, Budget budget) {
    Bound bound = arguments.bind("default", "base");
    Value otherwise = bound.get("default", new IntegerValue(0));
    return switch (value) {
      case UndefinedValue undefined -> throw undefined.failure();
      case IntegerValue _, BooleanValue _ -> new IntegerValue(Types.integer(value, "int"));
      case FloatValue(double number) -> Double.isFinite(number) ? truncated(number) : otherwise;
      case TextValue text -> parsed(text, bound.integer("base", 10), otherwise);
      case NoneValue _, ListValue _, DictValue _, ObjectValue _ -> otherwise;
    };
  }

  private static Value parsed(TextValue text, int base, Value otherwise) {
    if (text.length() > LONGEST_NUMBER
        || base < Character.MIN_RADIX
        || base > Character.MAX_RADIX) {
      return otherwise;
    }
    String digits = text.toString().strip().replace("_", "");
    String prefix =
        switch (base) {
          case 2 -> "0b";
          case 8 -> "0o";
          case 16 -> "0x";
          default -> "";
        };
    if (!prefix.isEmpty() && digits.toLowerCase(Locale.ROOT).startsWith(prefix)) {
      digits = digits.substring(2);
    }
    try {
      return whole(new BigInteger(digits, base));
    } catch (NumberFormatException e) {
      return isDecimal(digits) ? truncated(Double.parseDouble(digits)) : otherwise;
    }
  }

  /** Whether this is a number in Python as in Java, which also knows suffixes and hexadecimals. */
  private static boolean isDecimal(String text) {
    return text.matches("[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?");
  }

  private static Value whole(BigInteger number) {
    if (number.bitLength() > 63) {
      throw Failure.value("int: the number does not fit 64 bits");
    }
    return new IntegerValue(number.longValue());
  }

  /** The integer next to a number towards zero. */
  static Value truncated(double number) {
    if (!Double.isFinite(number)) {
      throw Failure.value("int: expected a finite number, found " + PythonText.number(number));
    }
    return whole(new BigDecimal(number).toBigInteger());
  }

  private static Value toFloat(Value value, Arguments arguments, Budget budget) {
    Value otherwise = arguments.bind("default").get("default", new FloatValue(0));
    return switch (value) {
      case UndefinedValue undefined -> throw undefined.failure();
      case IntegerValue _, BooleanValue _, FloatValue _ ->
          new FloatValue(Types.number(value, "float"));
      case TextValue text -> {
        String number = text.length() > LONGEST_NUMBER ? "" : text.toString().strip();
        yield switch (number.toLowerCase(Locale.ROOT).replaceFirst("^[+]", "")) {
          case "inf", "infinity" -> new FloatValue(Double.POSITIVE_INFINITY);
          case "-inf", "-infinity" -> new FloatValue(Double.NEGATIVE_INFINITY);
          case "nan", "-nan" -> new FloatValue(Double.NaN);
          default -> isDecimal(number) ? new FloatValue(Double.parseDouble(number)) : otherwise;
        };
      }
      case NoneValue _, ListValue _, DictValue _, ObjectValue _ -> otherwise;
    };
  }

  private static Value round(Value value, Arguments arguments, Budget budget) {
    Bound bound = arguments.bind("precision", "method");
    int digits = Math.clamp(bound.integer("precision", 0), -MOST_DIGITS, MOST_DIGITS);
    String method = bound.text("method", "common").toString();
    RoundingMode mode =
        switch (method) {
          case "common" -> RoundingMode.HALF_EVEN;
          case "ceil" -> RoundingMode.CEILING;
          case "floor" -> RoundingMode.FLOOR;
          default ->
              throw Failure.value(
                  "round: expected common, ceil or floor, found " + Quoted.text(method));
        };
    if (Types.isInteger(value) && method.equals("common")) {
      BigDecimal whole = BigDecimal.valueOf(Types.integer(value, "round"));
      return digits >= 0
          ? Operators.plus(value)
          : whole(whole.setScale(digits, mode).toBigInteger());
    }
    double number = Types.number(value, "round");
    if (!Double.isFinite(number)) {
      return value;
    }
    if (method.equals("common")) {
      double rounded = new BigDecimal(number).setScale(digits, mode).doubleValue();
      return new FloatValue(Math.copySign(rounded, number));
    }
    double scale = Math.pow(10, digits);
    double scaled = number * scale;
    return new FloatValue((method.equals("ceil") ? Math.ceil(scaled) : Math.floor(scaled)) / scale);
  }
}
