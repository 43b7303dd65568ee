package dev.hadal.template;

import static java.util.Map.entry;

import dev.hadal.template.Arguments.Bound;
import dev.hadal.template.Filters.Filter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Filters that use another filter or a test on each element. */
final class SelectFilters {
  static final Map<String, Filter> FILTERS =
      Map.ofEntries(
          entry("map", SelectFilters::map),
          entry("select", (value, a, b) -> select(value, a, false, true, b)),
          entry("reject", (value, a, b) -> select(value, a, false, false, b)),
          entry("selectattr", (value, a, b) -> select(value, a, true, true, b)),
          entry("rejectattr", (value, a, b) -> select(value, a, true, false, b)));

  private SelectFilters() {}

  private static Value map(Value value, Arguments arguments, Budget budget) {
    List<Value> elements = Types.elements(value, budget);
    budget.items(elements.size());
    List<Value> mapped = new ArrayList<>();
    if (arguments.positional().isEmpty()) {
      Bound bound = arguments.bind("attribute", "default");
      Path path = Path.of(bound.get("attribute")).otherwise(bound.find("default"));
      elements.forEach(element -> mapped.add(path.of(element, budget)));
    } else {
      String name = name(arguments, 0);
      Filter filter = Filters.find(name);
      if (filter == null) {
        throw Failure.value("map: there is no filter %s".formatted(Quoted.text(name)));
      }
      Arguments rest = arguments.rest(name);
      budget.enter();
      for (Value element : elements) {
        budget.step();
        mapped.add(filter.apply(element, rest, budget));
      }
      budget.leave();
    }
    return ListValue.of(mapped);
  }

  private static String name(Arguments arguments, int index) {
    return Types.text(arguments.positional().get(index), arguments.callee()).toString();
  }

  /** The elements for which a test, truth where none is named, is as wanted. */
  private static Value select(
      Value value, Arguments arguments, boolean byAttribute, boolean wanted, Budget budget) {
    Path path = Path.of(new NoneValue());
    Arguments test = arguments;
    if (byAttribute) {
      if (arguments.positional().isEmpty()) {
        throw Failure.value(arguments.callee() + ": expected the name of an attribute");
      }
      path = Path.of(arguments.positional().getFirst());
      test = arguments.rest(arguments.callee());
    }
    String name = test.positional().isEmpty() ? "" : name(test, 0);
    if (!name.isEmpty() && !Tests.exists(name)) {
      throw Failure.value(
          "%s: there is no test %s".formatted(arguments.callee(), Quoted.text(name)));
    }
    Arguments rest = name.isEmpty() ? Arguments.none("") : test.rest(name);
    List<Value> selected = new ArrayList<>();
    List<Value> elements = Types.elements(value, budget);
    budget.items(elements.size());
    for (Value element : elements) {
      budget.step();
      Value tested = path.of(element, budget);
      boolean holds =
          name.isEmpty() ? Types.truth(tested) : Tests.holds(name, tested, rest, budget);
      if (holds == wanted) {
        selected.add(element);
      }
    }
    return ListValue.of(selected);
  }
}
