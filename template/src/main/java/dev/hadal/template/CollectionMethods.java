package dev.hadal.template;

import dev.hadal.template.Arguments.Bound;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The methods of lists and dictionaries. Those that would change one are refused by name. */
final class CollectionMethods {
  private static final Set<String> CHANGING_LIST =
      Set.of("append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort");
  private static final Set<String> CHANGING_DICT =
      Set.of("clear", "pop", "popitem", "setdefault", "update");

  private CollectionMethods() {}

  /** A list's method; null where there is none of the name. */
  static @Nullable Value find(ListValue list, String name) {
    if (!list.tuple() && CHANGING_LIST.contains(name)) {
      return changing(name);
    }
    return switch (name) {
      case "index" ->
          new CallableValue(name, (arguments, budget) -> index(list, arguments, budget));
      case "count" ->
          new CallableValue(name, (arguments, budget) -> count(list, arguments, budget));
      case "copy" -> new CallableValue(name, (_, _) -> list);
      default -> null;
    };
  }

  /** A dictionary's method; null where there is none of the name. */
  static @Nullable Value find(DictValue dict, String name) {
    if (CHANGING_DICT.contains(name)) {
      return changing(name);
    }
    return switch (name) {
      case "get" ->
          new CallableValue(
              name,
              (arguments, _) -> {
                Bound bound = arguments.bind("key", "default");
                Value value = dict.get(bound.get("key"));
                return value != null ? value : bound.get("default", new NoneValue());
              });
      case "keys" ->
          new CallableValue(
              name,
              (arguments, budget) -> {
                arguments.bind();
                return ListValue.of(Types.elements(dict, budget));
              });
      case "values" ->
          new CallableValue(
              name,
              (arguments, budget) -> {
                arguments.bind();
                budget.items(dict.size());
                return ListValue.of(dict.entries().stream().map(DictValue.Entry::value).toList());
              });
      case "items" ->
          new CallableValue(
              name,
              (arguments, budget) -> {
                arguments.bind();
                return items(dict, budget);
              });
      case "copy" -> new CallableValue(name, (_, _) -> dict);
      default -> null;
    };
  }

  static ListValue items(DictValue dict, Budget budget) {
    budget.items(5L * dict.size());
    List<ListValue> pairs =
        dict.entries().stream().map(entry -> ListValue.tuple(entry.key(), entry.value())).toList();
    return ListValue.of(pairs);
  }

  private static Value changing(String name) {
    return new CallableValue(
        name,
        (_, _) -> {
          throw Failure.value(name + ": lists and dictionaries cannot be changed by a template");
        });
  }

  private static Value index(ListValue list, Arguments arguments, Budget budget) {
    Value wanted = arguments.bind("value").get("value");
    for (int i = 0; i < list.items().size(); i++) {
      if (Comparison.equal(list.items().get(i), wanted, budget)) {
        return new IntegerValue(i);
      }
    }
    throw Failure.value("index: expected the list to hold the value");
  }

  private static Value count(ListValue list, Arguments arguments, Budget budget) {
    Value wanted = arguments.bind("value").get("value");
    long count =
        list.items().stream().filter(item -> Comparison.equal(item, wanted, budget)).count();
    return new IntegerValue(count);
  }
}
