package dev.hadal.template;

import java.util.ArrayList;
import java.util.List;

/** What kind a value is, and what it is where another kind is wanted. */
final class Types {
  private static final long HUGE = 1L << 60;

  private Types() {}

  /** The kind for messages. */
  static String describe(Value value) {
    return switch (value) {
      case TextValue _ -> "a text";
      case IntegerValue _ -> "an integer";
      case FloatValue _ -> "a number with a fraction";
      case BooleanValue _ -> "true or false";
      case NoneValue _ -> "none";
      case UndefinedValue(String what) -> what + ", which is undefined";
      case ListValue list -> list.tuple() ? "a tuple" : "a list";
      case DictValue _ -> "a dictionary";
      case ObjectValue object -> object.describe();
    };
  }

  static boolean truth(Value value) {
    return switch (value) {
      case TextValue text -> !text.isEmpty();
      case IntegerValue(long number) -> number != 0;
      case FloatValue(double number) -> number != 0;
      case BooleanValue(boolean truth) -> truth;
      case NoneValue _, UndefinedValue _ -> false;
      case ListValue list -> !list.items().isEmpty();
      case DictValue dict -> dict.size() > 0;
      case RangeValue range -> range.size() > 0;
      case ObjectValue _ -> true;
    };
  }

  static boolean isInteger(Value value) {
    return value instanceof IntegerValue || value instanceof BooleanValue;
  }

  static boolean isNumber(Value value) {
    return isInteger(value) || value instanceof FloatValue;
  }

  /** The integer that a value is; true is 1. */
  static long integer(Value value, String what) {
    return switch (value) {
      case IntegerValue(long number) -> number;
      case BooleanValue(boolean truth) -> truth ? 1 : 0;
      case UndefinedValue undefined -> throw undefined.failure();
      default ->
          throw Failure.value("%s: expected an integer, found %s".formatted(what, describe(value)));
    };
  }

  /** The same, made to fit 32 bits. */
  static int small(Value value, String what) {
    return Math.clamp(integer(value, what), Integer.MIN_VALUE, Integer.MAX_VALUE);
  }

  static double number(Value value, String what) {
    return value instanceof FloatValue(double number) ? number : (double) integer(value, what);
  }

  static TextValue text(Value value, String what) {
    return switch (value) {
      case TextValue text -> text;
      case UndefinedValue undefined -> throw undefined.failure();
      default ->
          throw Failure.value("%s: expected a text, found %s".formatted(what, describe(value)));
    };
  }

  static DictValue dict(Value value, String what) {
    return switch (value) {
      case DictValue dict -> dict;
      case UndefinedValue undefined -> throw undefined.failure();
      default ->
          throw Failure.value(
              "%s: expected a dictionary, found %s".formatted(what, describe(value)));
    };
  }

  static boolean isIterable(Value value) {
    return switch (value) {
      case TextValue _, ListValue _, DictValue _, UndefinedValue _, RangeValue _, LoopValue _ ->
          true;
      case IntegerValue _, FloatValue _, BooleanValue _, NoneValue _, ObjectValue _ -> false;
    };
  }

  /** The elements: of a text its characters, of a dictionary its keys. */
  static List<Value> elements(Value value, Budget budget) {
    return switch (value) {
      case ListValue list -> list.items();
      case DictValue dict -> {
        budget.items(dict.size());
        yield dict.keys();
      }
      case RangeValue range -> range.elements(budget);
      case UndefinedValue _ -> List.of();
      case TextValue text -> characters(text, budget);
      default ->
          throw Failure.value(
              "expected something with elements, found %s".formatted(describe(value)));
    };
  }

  private static List<Value> characters(TextValue text, Budget budget) {
    budget.items(text.length());
    List<Value> characters = new ArrayList<>(text.codePoints());
    int width;
    for (int at = 0; at < text.length(); at += width) {
      width = Character.charCount(text.toString().codePointAt(at));
      characters.add(text.slice(at, at + width, budget));
    }
    return characters;
  }

  /** How many elements there are. */
  static long length(Value value) {
    return switch (value) {
      case TextValue text -> text.codePoints();
      case ListValue list -> list.items().size();
      case DictValue dict -> dict.size();
      case RangeValue range -> range.size();
      case LoopValue loop -> loop.size();
      case UndefinedValue _ -> 0;
      default -> throw Failure.value("expected something with a length, found " + describe(value));
    };
  }

  /** A product that stays far from overflow and is large enough to be refused as an amount. */
  static long product(long a, long b) {
    if (a <= 0 || b <= 0) {
      return 0;
    }
    return a > HUGE / b ? HUGE : a * b;
  }
}
