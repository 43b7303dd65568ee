package dev.hadal.template;

import java.math.BigDecimal;
import java.util.Comparator;
import java.util.List;

/** Equality and order of values, as Python's. */
final class Comparison {
  private Comparison() {}

  static boolean equal(Value a, Value b, Budget budget) {
    budget.step();
    return switch (a) {
      case TextValue text -> b instanceof TextValue other && equal(text, other, budget);
      case IntegerValue _, BooleanValue _, FloatValue _ ->
          Types.isNumber(b) && !isNan(a) && !isNan(b) && compareNumbers(a, b) == 0;
      case NoneValue _ -> b instanceof NoneValue;
      case UndefinedValue _ -> b instanceof UndefinedValue;
      case ListValue list ->
          b instanceof ListValue other
              && list.tuple() == other.tuple()
              && equal(list.items(), other.items(), budget);
      case DictValue dict -> b instanceof DictValue other && equal(dict, other, budget);
      case ObjectValue object -> object == b;
    };
  }

  private static boolean equal(TextValue a, TextValue b, Budget budget) {
    budget.read(Math.min(a.length(), b.length()));
    return a.toString().equals(b.toString());
  }

  private static boolean equal(List<Value> a, List<Value> b, Budget budget) {
    if (a.size() != b.size()) {
      return false;
    }
    budget.enter();
    for (int i = 0; i < a.size(); i++) {
      if (!equal(a.get(i), b.get(i), budget)) {
        budget.leave();
        return false;
      }
    }
    budget.leave();
    return true;
  }

  private static boolean equal(DictValue a, DictValue b, Budget budget) {
    if (a.size() != b.size()) {
      return false;
    }
    budget.enter();
    for (DictValue.Entry entry : a.entries()) {
      Value other = b.get(entry.key());
      if (other == null || !equal(entry.value(), other, budget)) {
        budget.leave();
        return false;
      }
    }
    budget.leave();
    return true;
  }

  /** Whether the first is before the second. */
  static boolean less(Value a, Value b, Budget budget) {
    return !isNan(a) && !isNan(b) && compare(a, b, budget) < 0;
  }

  static boolean lessOrEqual(Value a, Value b, Budget budget) {
    return !isNan(a) && !isNan(b) && compare(a, b, budget) <= 0;
  }

  /** The order for sorting; it fails for values that have none. */
  static Comparator<Value> order(Budget budget) {
    return (a, b) -> compare(a, b, budget);
  }

  /** A total order on numbers, texts and lists of these; NaN is behind all other numbers. */
  private static int compare(Value a, Value b, Budget budget) {
    budget.step();
    if (Types.isNumber(a) && Types.isNumber(b)) {
      return compareNumbers(a, b);
    }
    if (a instanceof TextValue text && b instanceof TextValue other) {
      budget.read(Math.min(text.length(), other.length()));
      return compareTexts(text.toString(), other.toString());
    }
    if (a instanceof ListValue list
        && b instanceof ListValue other
        && list.tuple() == other.tuple()) {
      return compareLists(list.items(), other.items(), budget);
    }
    if (a instanceof UndefinedValue undefined) {
      throw undefined.failure();
    }
    throw Failure.value("%s and %s have no order".formatted(Types.describe(a), Types.describe(b)));
  }

  private static int compareLists(List<Value> a, List<Value> b, Budget budget) {
    budget.enter();
    int common = Math.min(a.size(), b.size());
    int order = 0;
    for (int i = 0; i < common && order == 0; i++) {
      order = equal(a.get(i), b.get(i), budget) ? 0 : compare(a.get(i), b.get(i), budget);
    }
    budget.leave();
    return order != 0 ? order : Integer.compare(a.size(), b.size());
  }

  /** By code points; UTF-16 units would put what is beyond U+FFFF before U+E000. */
  private static int compareTexts(String a, String b) {
    int common = Math.min(a.length(), b.length());
    for (int i = 0; i < common; i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x != y) {
        boolean mixed = Character.isSurrogate(x) != Character.isSurrogate(y);
        return mixed ? Boolean.compare(Character.isSurrogate(x), Character.isSurrogate(y)) : x - y;
      }
    }
    return Integer.compare(a.length(), b.length());
  }

  private static int compareNumbers(Value a, Value b) {
    if (Types.isInteger(a) && Types.isInteger(b)) {
      return Long.compare(Types.integer(a, ""), Types.integer(b, ""));
    }
    double x = Types.number(a, "");
    double y = Types.number(b, "");
    if (!Double.isFinite(x) || !Double.isFinite(y)) {
      return Double.compare(x, y);
    }
    return exact(a).compareTo(exact(b));
  }

  private static BigDecimal exact(Value value) {
    return value instanceof FloatValue(double number)
        ? new BigDecimal(number)
        : BigDecimal.valueOf(Types.integer(value, ""));
  }

  private static boolean isNan(Value value) {
    return value instanceof FloatValue(double number) && Double.isNaN(number);
  }

  /** Whether the second holds the first: as a part, an element or a key. */
  static boolean contains(Value container, Value wanted, Budget budget) {
    return switch (container) {
      case TextValue text -> {
        TextValue part = Types.text(wanted, "in");
        yield TextSearch.find(text.toString(), part.toString(), 0, budget) >= 0;
      }
      case ListValue list -> {
        boolean found = false;
        for (int i = 0; i < list.items().size() && !found; i++) {
          found = equal(list.items().get(i), wanted, budget);
        }
        yield found;
      }
      case DictValue dict -> dict.get(wanted) != null;
      case RangeValue range -> range.contains(wanted);
      case UndefinedValue _ -> false;
      default ->
          throw Failure.value(
              "in: expected something with elements, found " + Types.describe(container));
    };
  }
}
