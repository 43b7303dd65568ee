package dev.hadal.template;

import org.jspecify.annotations.Nullable;

/** What only the interpreter makes: things with attributes, or that can be called. */
abstract sealed class ObjectValue implements Value
    permits CallableValue, NamespaceValue, LoopValue, RangeValue {

  /** The kind for messages. */
  abstract String describe();

  /** What it prints as. */
  String print() {
    return "<" + describe() + ">";
  }

  /** An attribute; null where there is none of the name. */
  @Nullable Value attribute(String name) {
    return null;
  }
}
