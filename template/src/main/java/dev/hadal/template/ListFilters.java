package dev.hadal.template;

import static java.util.Map.entry;

import dev.hadal.template.Arguments.Bound;
import dev.hadal.template.Filters.Filter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Filters on things with elements. What Jinja gives one element at a time is a list here. */
final class ListFilters {
  static final Map<String, Filter> FILTERS =
      Map.ofEntries(
          entry("length", ListFilters::length),
          entry("count", ListFilters::length),
          entry("list", (value, a, b) -> ListValue.of(elements(value, a, b))),
          entry("first", (value, a, b) -> end(elements(value, a, b), true)),
          entry("last", (value, a, b) -> end(elements(value, a, b), false)),
          entry("reverse", ListFilters::reverse),
          entry("join", ListFilters::join),
          entry("sum", ListFilters::sum),
          entry("min", (value, a, b) -> extreme(value, a, false, b)),
          entry("max", (value, a, b) -> extreme(value, a, true, b)),
          entry("sort", ListFilters::sort),
          entry("unique", ListFilters::unique),
          entry("dictsort", ListFilters::sortDict),
          entry("groupby", ListFilters::group),
          entry("batch", ListFilters::batch),
          entry("slice", ListFilters::slice));

  private ListFilters() {}

  private static List<Value> elements(Value value, Arguments arguments, Budget budget) {
    arguments.bind();
    List<Value> elements = Types.elements(value, budget);
    budget.items(elements.size());
    return elements;
  }

  private static Value length(Value value, Arguments arguments, Budget budget) {
    arguments.bind();
    return new IntegerValue(Types.length(value));
  }

  private static Value end(List<Value> elements, boolean first) {
    if (elements.isEmpty()) {
      return new UndefinedValue("an element of nothing");
    }
    return first ? elements.getFirst() : elements.getLast();
  }

  private static Value reverse(Value value, Arguments arguments, Budget budget) {
    arguments.bind();
    return value instanceof TextValue
        ? Attributes.slice(value, null, null, new IntegerValue(-1), budget)
        : ListValue.of(elements(value, arguments, budget).reversed());
  }

  private static Value join(Value value, Arguments arguments, Budget budget) {
    Bound bound = arguments.bind("d", "attribute");
    Path path = Path.of(bound);
    List<Value> parts =
        Types.elements(value, budget).stream().map(item -> path.of(item, budget)).toList();
    return TextSplit.join(PythonText.str(bound.get("d", TextValue.EMPTY), budget), parts, budget);
  }

  private static Value sum(Value value, Arguments arguments, Budget budget) {
    Bound bound = arguments.bind("attribute", "start");
    Path path = Path.of(bound);
    Value sum = bound.get("start", new IntegerValue(0));
    if (sum instanceof TextValue) {
      throw Failure.value("sum: texts are put together with join");
    }
    for (Value item : Types.elements(value, budget)) {
      sum = Operators.apply(BinaryOperator.ADD, sum, path.of(item, budget), budget);
    }
    return sum;
  }

  /** What elements are compared by: an attribute if one is asked for, texts without their case. */
  private static Value key(Value value, Path path, boolean caseSensitive, Budget budget) {
    Value key = path.of(value, budget);
    return !caseSensitive && key instanceof TextValue text
        ? Characters.with(Characters.Case.LOWER, text, budget)
        : key;
  }

  private record Keyed(Value key, Value value) {
    static Comparator<Keyed> order(boolean reverse, Budget budget) {
      Comparator<Keyed> order = Comparator.comparing(Keyed::key, Comparison.order(budget));
      return reverse ? order.reversed() : order;
    }
  }

  private static List<Keyed> keyed(
      List<Value> values, Path path, boolean caseSensitive, Budget budget) {
    budget.items(4L * values.size());
    List<Keyed> keyed = new ArrayList<>();
    for (Value value : values) {
      keyed.add(new Keyed(key(value, path, caseSensitive, budget), value));
    }
    return keyed;
  }

  private static Value extreme(Value value, Arguments arguments, boolean max, Budget budget) {
    Bound bound = arguments.bind("case_sensitive", "attribute");
    List<Keyed> keyed =
        keyed(
            Types.elements(value, budget),
            Path.of(bound),
            bound.truth("case_sensitive", false),
            budget);
    Comparator<Keyed> order = Keyed.order(max, budget);
    Keyed best = null;
    for (Keyed each : keyed) {
      best = best == null || order.compare(each, best) < 0 ? each : best;
    }
    return best == null ? new UndefinedValue("an element of nothing") : best.value();
  }

  private static Value sort(Value value, Arguments arguments, Budget budget) {
    Bound bound = arguments.bind("reverse", "case_sensitive", "attribute");
    boolean caseSensitive = bound.truth("case_sensitive", false);
    boolean reverse = bound.truth("reverse", false);
    List<Value> sorted = Types.elements(value, budget);
    List<Path> paths = Path.list(bound);
    for (Path path : paths.reversed()) {
      List<Keyed> keyed = keyed(sorted, path, caseSensitive, budget);
      keyed.sort(Keyed.order(reverse, budget));
      sorted = keyed.stream().map(Keyed::value).toList();
    }
    return ListValue.of(sorted);
  }

  private static Value unique(Value value, Arguments arguments, Budget budget) {
    Bound bound = arguments.bind("case_sensitive", "attribute");
    List<Value> values = Types.elements(value, budget);
    List<Value> unique = new ArrayList<>();
    Set<Object> seen = new HashSet<>();
    boolean caseSensitive = bound.truth("case_sensitive", false);
    for (Keyed each : keyed(values, Path.of(bound), caseSensitive, budget)) {
      if (seen.add(DictValue.key(each.key()))) {
        unique.add(each.value());
      }
    }
    return ListValue.of(unique);
  }

  private static Value sortDict(Value value, Arguments arguments, Budget budget) {
    Bound bound = arguments.bind("case_sensitive", "by", "reverse");
    String by = bound.text("by", "key").toString();
    if (!by.equals("key") && !by.equals("value")) {
      throw Failure.value("dictsort: expected by key or value, found " + Quoted.text(by));
    }
    Path path = Path.of(new IntegerValue(by.equals("key") ? 0 : 1));
    List<Value> items = CollectionMethods.items(Types.dict(value, "dictsort"), budget).items();
    List<Keyed> keyed = keyed(items, path, bound.truth("case_sensitive", false), budget);
    keyed.sort(Keyed.order(bound.truth("reverse", false), budget));
    return ListValue.of(keyed.stream().map(Keyed::value).toList());
  }

  private static Value group(Value value, Arguments arguments, Budget budget) {
    Bound bound = arguments.bind("attribute", "default", "case_sensitive");
    Path path = Path.of(bound.get("attribute")).otherwise(bound.find("default"));
    List<Value> values = Types.elements(value, budget);
    List<Keyed> keyed = keyed(values, path, bound.truth("case_sensitive", false), budget);
    keyed.sort(Keyed.order(false, budget));
    List<Value> groups = new ArrayList<>();
    int at = 0;
    while (at < keyed.size()) {
      Keyed first = keyed.get(at);
      List<Value> members = new ArrayList<>();
      // A number that is not equal to itself is a group of its own.
      do {
        members.add(keyed.get(at++).value());
      } while (at < keyed.size() && Comparison.equal(keyed.get(at).key(), first.key(), budget));
      budget.items(5L + members.size());
      groups.add(ListValue.tuple(path.of(first.value(), budget), ListValue.of(members)));
    }
    return ListValue.of(groups);
  }

  private static Value batch(Value value, Arguments arguments, Budget budget) {
    Bound bound = arguments.bind("linecount", "fill_with");
    List<Value> values = Types.elements(value, budget);
    int count = bound.integer("linecount");
    if (count < 1) {
      throw Failure.value("batch: expected a positive size, found " + count);
    }
    budget.items(5L * values.size());
    Value fill = bound.get("fill_with", new NoneValue());
    List<Value> batches = new ArrayList<>();
    for (int from = 0; from < values.size(); from += Math.min(count, values.size() - from)) {
      int to = Math.min(count, values.size() - from) + from;
      List<Value> batch = new ArrayList<>(values.subList(from, to));
      if (!(fill instanceof NoneValue) && batch.size() < count) {
        budget.items(count);
        while (batch.size() < count) {
          batch.add(fill);
        }
      }
      batches.add(ListValue.of(batch));
    }
    return ListValue.of(batches);
  }

  private static Value slice(Value value, Arguments arguments, Budget budget) {
    Bound bound = arguments.bind("slices", "fill_with");
    List<Value> values = Types.elements(value, budget);
    int slices = bound.integer("slices");
    if (slices < 1) {
      throw Failure.value("slice: expected a positive number of parts, found " + slices);
    }
    budget.items(values.size() + 5L * slices);
    Value fill = bound.get("fill_with", new NoneValue());
    int longer = values.size() % slices;
    List<Value> parts = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < slices; i++) {
      int to = from + values.size() / slices + (i < longer ? 1 : 0);
      List<Value> part = new ArrayList<>(values.subList(from, to));
      if (!(fill instanceof NoneValue) && i >= longer) {
        part.add(fill);
      }
      parts.add(ListValue.of(part));
      from = to;
    }
    return ListValue.of(parts);
  }
}
