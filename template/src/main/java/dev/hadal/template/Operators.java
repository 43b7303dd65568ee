package dev.hadal.template;

import java.util.ArrayList;
import java.util.List;

/** Arithmetic, as Python's, on integers of 64 bits: a result that does not fit is an error. */
final class Operators {
  private Operators() {}

  static Value apply(BinaryOperator operator, Value a, Value b, Budget budget) {
    if (a instanceof UndefinedValue undefined) {
      throw undefined.failure();
    }
    if (b instanceof UndefinedValue undefined && !isFormatting(operator, a)) {
      throw undefined.failure();
    }
    if (Types.isNumber(a) && Types.isNumber(b)) {
      boolean whole = Types.isInteger(a) && Types.isInteger(b);
      return whole
          ? integers(operator, Types.integer(a, ""), Types.integer(b, ""))
          : new FloatValue(numbers(operator, Types.number(a, ""), Types.number(b, "")));
    }
    if (isFormatting(operator, a)) {
      return PercentFormat.format(Types.text(a, "%"), b, budget);
    }
    return switch (operator) {
      case ADD -> add(a, b, budget);
      case MULTIPLY -> multiply(a, b, budget);
      case SUBTRACT, DIVIDE, FLOOR_DIVIDE, MODULO, POWER -> throw noSuch(operator, a, b);
    };
  }

  private static boolean isFormatting(BinaryOperator operator, Value a) {
    return operator == BinaryOperator.MODULO && a instanceof TextValue;
  }

  private static Failure noSuch(BinaryOperator operator, Value a, Value b) {
    return Failure.value(
        "%s cannot be used with %s and %s"
            .formatted(operator.symbol(), Types.describe(a), Types.describe(b)));
  }

  private static Value add(Value a, Value b, Budget budget) {
    if (a instanceof TextValue first && b instanceof TextValue second) {
      return new TextBuilder(budget).append(first).append(second).build();
    }
    if (a instanceof ListValue first
        && b instanceof ListValue second
        && first.tuple() == second.tuple()) {
      budget.items((long) first.items().size() + second.items().size());
      List<Value> items = new ArrayList<>(first.items());
      items.addAll(second.items());
      return new ListValue(items, first.tuple());
    }
    throw noSuch(BinaryOperator.ADD, a, b);
  }

  private static Value multiply(Value a, Value b, Budget budget) {
    if (Types.isInteger(a) && !Types.isNumber(b)) {
      return multiply(b, a, budget);
    }
    if (Types.isInteger(b)) {
      long times = Math.max(0, Types.integer(b, ""));
      if (a instanceof TextValue text) {
        return new TextBuilder(budget).repeat(text, times).build();
      }
      if (a instanceof ListValue list) {
        budget.items(Types.product(times, list.items().size()));
        List<Value> items = new ArrayList<>();
        for (long i = 0; i < times && !list.items().isEmpty(); i++) {
          items.addAll(list.items());
        }
        return new ListValue(items, list.tuple());
      }
    }
    throw noSuch(BinaryOperator.MULTIPLY, a, b);
  }

  private static Value integers(BinaryOperator operator, long a, long b) {
    try {
      return switch (operator) {
        case ADD -> new IntegerValue(Math.addExact(a, b));
        case SUBTRACT -> new IntegerValue(Math.subtractExact(a, b));
        case MULTIPLY -> new IntegerValue(Math.multiplyExact(a, b));
        case DIVIDE -> new FloatValue((double) a / nonZero(b));
        case FLOOR_DIVIDE -> new IntegerValue(Math.floorDivExact(a, nonZero(b)));
        case MODULO -> new IntegerValue(Math.floorMod(a, nonZero(b)));
        case POWER ->
            b < 0
                ? new FloatValue(Math.pow((double) nonZero(a), (double) b))
                : new IntegerValue(Math.powExact(a, Math.toIntExact(b)));
      };
    } catch (ArithmeticException e) {
      throw Failure.value(
          "%d %s %d does not fit an integer of 64 bits".formatted(a, operator.symbol(), b));
    }
  }

  private static long nonZero(long divisor) {
    if (divisor == 0) {
      throw Failure.value("division by zero");
    }
    return divisor;
  }

  private static double numbers(BinaryOperator operator, double a, double b) {
    boolean divides =
        switch (operator) {
          case DIVIDE, FLOOR_DIVIDE, MODULO -> true;
          case ADD, SUBTRACT, MULTIPLY, POWER -> false;
        };
    if (divides && b == 0) {
      throw Failure.value("division by zero");
    }
    return switch (operator) {
      case ADD -> a + b;
      case SUBTRACT -> a - b;
      case MULTIPLY -> a * b;
      case DIVIDE -> a / b;
      case FLOOR_DIVIDE -> Math.floor(a / b);
      case MODULO -> modulo(a, b);
      case POWER -> power(a, b);
    };
  }

  /** The remainder with the sign of the divisor. */
  private static double modulo(double a, double b) {
    double remainder = a % b;
    return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder;
  }

  private static double power(double a, double b) {
    double result = Math.pow(a, b);
    boolean overflow = Double.isFinite(a) && Double.isFinite(b) && !Double.isFinite(result);
    if (overflow || (Double.isNaN(result) && !Double.isNaN(a) && !Double.isNaN(b))) {
      throw Failure.value("%s ** %s is no finite number".formatted(a, b));
    }
    return result;
  }

  static Value negate(Value value) {
    if (value instanceof FloatValue(double number)) {
      return new FloatValue(-number);
    }
    return integers(BinaryOperator.SUBTRACT, 0, Types.integer(value, "-"));
  }

  static Value plus(Value value) {
    return value instanceof FloatValue ? value : new IntegerValue(Types.integer(value, "+"));
  }
}
