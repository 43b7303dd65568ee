package dev.hadal.template;

import java.util.Set;

/** The tests: what stands behind {@code is}. */
final class Tests {
  private static final Set<String> NAMES =
      Set.of(
          "defined",
          "undefined",
          "none",
          "boolean",
          "true",
          "false",
          "integer",
          "float",
          "number",
          "string",
          "mapping",
          "iterable",
          "sequence",
          "callable",
          "sameas",
          "escaped",
          "odd",
          "even",
          "divisibleby",
          "lower",
          "upper",
          "in",
          "eq",
          "equalto",
          "==",
          "ne",
          "!=",
          "lt",
          "lessthan",
          "<",
          "le",
          "<=",
          "gt",
          "greaterthan",
          ">",
          "ge",
          ">=",
          "filter",
          "test");

  private Tests() {}

  static boolean exists(String name) {
    return NAMES.contains(name);
  }

  static boolean holds(String name, Value value, Arguments arguments, Budget budget) {
    budget.step();
    return switch (name) {
      case "in" -> Comparison.contains(other(arguments), value, budget);
      case "eq", "equalto", "==" -> Comparison.equal(value, other(arguments), budget);
      case "ne", "!=" -> !Comparison.equal(value, other(arguments), budget);
      case "lt", "lessthan", "<" -> Comparison.less(value, other(arguments), budget);
      case "le", "<=" -> Comparison.lessOrEqual(value, other(arguments), budget);
      case "gt", "greaterthan", ">" -> Comparison.less(other(arguments), value, budget);
      case "ge", ">=" -> Comparison.lessOrEqual(other(arguments), value, budget);
      case "sameas" -> isSame(value, other(arguments));
      case "divisibleby" -> isZero(remainder(value, other(arguments), budget));
      default -> {
        arguments.bind();
        yield isKind(name, value, budget);
      }
    };
  }

  private static Value other(Arguments arguments) {
    return arguments.bind("other").get("other");
  }

  private static boolean isKind(String name, Value value, Budget budget) {
    return switch (name) {
      case "defined" -> !(value instanceof UndefinedValue);
      case "undefined" -> value instanceof UndefinedValue;
      case "none" -> value instanceof NoneValue;
      case "boolean" -> value instanceof BooleanValue;
      case "true" -> value instanceof BooleanValue(boolean truth) && truth;
      case "false" -> value instanceof BooleanValue(boolean truth) && !truth;
      case "integer" -> value instanceof IntegerValue;
      case "float" -> value instanceof FloatValue;
      case "number" -> Types.isNumber(value);
      case "string" -> value instanceof TextValue;
      case "mapping" -> value instanceof DictValue;
      case "iterable" -> Types.isIterable(value);
      case "sequence" -> Types.isIterable(value) && !(value instanceof LoopValue);
      case "callable" -> value instanceof CallableValue;
      case "escaped" -> false;
      case "odd" -> !isZero(remainder(value, new IntegerValue(2), budget));
      case "even" -> isZero(remainder(value, new IntegerValue(2), budget));
      case "lower" -> Characters.allCased(PythonText.str(value, budget), false);
      case "upper" -> Characters.allCased(PythonText.str(value, budget), true);
      case "filter" -> Filters.find(Types.text(value, "filter").toString()) != null;
      case "test" -> exists(Types.text(value, "test").toString());
      default -> throw Failure.value("there is no test " + Quoted.text(name));
    };
  }

  private static Value remainder(Value value, Value by, Budget budget) {
    return Operators.apply(BinaryOperator.MODULO, value, by, budget);
  }

  private static boolean isZero(Value value) {
    return Types.isNumber(value) && Types.number(value, "") == 0;
  }

  /** Identity, which is equality for what Python has only one of. */
  @SuppressWarnings("ReferenceEquality")
  private static boolean isSame(Value a, Value b) {
    return switch (a) {
      case NoneValue _ -> b instanceof NoneValue;
      case BooleanValue first -> first.equals(b);
      case IntegerValue first -> first.equals(b);
      default -> a == b;
    };
  }
}
