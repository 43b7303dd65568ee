package dev.hadal.template;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What {@code namespace()} makes: the one value whose attributes a template can set. */
final class NamespaceValue extends ObjectValue {
  private final Map<String, Value> attributes = new LinkedHashMap<>();

  void set(String name, Value value) {
    attributes.put(name, value);
  }

  @Override
  String describe() {
    return "a namespace";
  }

  @Override
  @Nullable Value attribute(String name) {
    return attributes.get(name);
  }
}
