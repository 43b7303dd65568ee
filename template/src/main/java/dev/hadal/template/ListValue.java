package dev.hadal.template;

import java.util.List;

/**
 * A list or a tuple.
 *
 * @param items the elements in order
 * @param tuple whether it is a tuple, which prints and compares differently
 */
public record ListValue(List<Value> items, boolean tuple) implements Value {
  /** Copies the elements. */
  public ListValue {
    items = List.copyOf(items);
  }

  /** A list. */
  public static ListValue of(List<? extends Value> items) {
    return new ListValue(List.copyOf(items), false);
  }

  static ListValue tuple(Value... items) {
    return new ListValue(List.of(items), true);
  }
}
