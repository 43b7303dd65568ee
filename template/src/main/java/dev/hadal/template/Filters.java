package dev.hadal.template;

import static java.util.Map.entry;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The filters: what stands behind a bar. Jinja's, as far as they make sense in prompts. */
final class Filters {
  /** What a filter does. */
  interface Filter {
    Value apply(Value value, Arguments arguments, Budget budget);
  }

  private static final Map<String, Filter> FILTERS = all();

  private Filters() {}

  private static Map<String, Filter> all() {
    Map<String, Filter> all = new HashMap<>();
    all.putAll(TextFilters.FILTERS);
    all.putAll(NumberFilters.FILTERS);
    all.putAll(ListFilters.FILTERS);
    all.putAll(SelectFilters.FILTERS);
    all.putAll(
        Map.ofEntries(
            entry("default", Filters::orDefault),
            entry("d", Filters::orDefault),
            entry("tojson", JsonText::of),
            entry(
                "attr",
                (value, a, _) -> Attributes.bare(value, a.bind("name").text("name").toString())),
            entry("items", Filters::items)));
    return Map.copyOf(all);
  }

  static @Nullable Filter find(String name) {
    return FILTERS.get(name);
  }

  private static Value orDefault(Value value, Arguments arguments, Budget budget) {
    Arguments.Bound bound = arguments.bind("default_value", "boolean");
    boolean missing =
        value instanceof UndefinedValue || (bound.truth("boolean", false) && !Types.truth(value));
    return missing ? bound.get("default_value", TextValue.EMPTY) : value;
  }

  private static Value items(Value value, Arguments arguments, Budget budget) {
    arguments.bind();
    return value instanceof UndefinedValue
        ? ListValue.of(java.util.List.of())
        : CollectionMethods.items(Types.dict(value, "items"), budget);
  }
}
