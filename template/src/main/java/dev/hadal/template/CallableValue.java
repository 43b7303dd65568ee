package dev.hadal.template;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A macro, a function or a method with what it belongs to. */
final class CallableValue extends ObjectValue {
  /** What a call does. */
  interface Body {
    Value call(Arguments arguments, Budget budget);
  }

  private final String name;
  private final Body body;
  private final Map<String, Value> attributes;

  CallableValue(String name, Body body) {
    this(name, body, Map.of());
  }

  CallableValue(String name, Body body, Map<String, Value> attributes) {
    this.name = name;
    this.body = body;
    this.attributes = attributes;
  }

  Value call(Arguments arguments, Budget budget) {
    return body.call(arguments, budget);
  }

  @Override
  String describe() {
    return "the function " + name;
  }

  @Override
  @Nullable Value attribute(String attribute) {
    return attributes.get(attribute);
  }
}
