package dev.hadal.template;

import java.time.LocalDateTime;
import java.util.Map;

/** What every template can name without being given it. */
final class Globals {
  private Globals() {}

  /** The functions; the date and time are those that {@code strftime_now} tells. */
  static Map<String, Value> at(LocalDateTime now) {
    return Map.of(
        "range", new CallableValue("range", Globals::range),
        "dict", new CallableValue("dict", Globals::dict),
        "namespace", new CallableValue("namespace", Globals::namespace),
        "joiner", new CallableValue("joiner", Globals::joiner),
        "raise_exception", new CallableValue("raise_exception", Globals::raise),
        "strftime_now",
            new CallableValue(
                "strftime_now",
                (arguments, budget) ->
                    DateFormat.format(arguments.bind("format").text("format"), now, budget)));
  }

  private static Value range(Arguments arguments, Budget budget) {
    Arguments.Bound bound = arguments.bind("start", "stop", "step");
    long start = Types.integer(bound.get("start"), "range");
    return bound.find("stop") == null
        ? RangeValue.of(0, start, 1)
        : RangeValue.of(
            start,
            Types.integer(bound.get("stop"), "range"),
            Types.integer(bound.get("step", new IntegerValue(1)), "range"));
  }

  private static Value dict(Arguments arguments, Budget budget) {
    DictValue.Builder dict = new DictValue.Builder();
    budget.items(4L * arguments.named().size());
    if (!arguments.positional().isEmpty()) {
      copy(
          new Arguments("dict", arguments.positional(), Map.of()).bind("from").get("from"),
          dict,
          budget);
    }
    arguments.named().forEach((name, value) -> dict.put(TextValue.ofTemplate(name), value));
    return dict.build();
  }

  private static void copy(Value from, DictValue.Builder to, Budget budget) {
    if (from instanceof DictValue dict) {
      budget.items(4L * dict.size());
      dict.entries().forEach(entry -> to.put(entry.key(), entry.value()));
      return;
    }
    for (Value pair : Types.elements(from, budget)) {
      budget.items(4);
      var parts = Types.elements(pair, budget);
      if (parts.size() != 2) {
        throw Failure.value("dict: expected pairs, found %d elements".formatted(parts.size()));
      }
      to.put(parts.getFirst(), parts.getLast());
    }
  }

  private static Value namespace(Arguments arguments, Budget budget) {
    NamespaceValue namespace = new NamespaceValue();
    if (dict(arguments, budget) instanceof DictValue dict) {
      dict.entries()
          .forEach(
              entry ->
                  namespace.set(Types.text(entry.key(), "namespace").toString(), entry.value()));
    }
    return namespace;
  }

  /** A function that gives nothing at its first call and a separator at all others. */
  private static Value joiner(Arguments arguments, Budget budget) {
    Value separator = arguments.bind("sep").get("sep", TextValue.ofTemplate(", "));
    NamespaceValue state = new NamespaceValue();
    return new CallableValue(
        "joiner",
        (none, _) -> {
          none.bind();
          boolean first = state.attribute("used") == null;
          state.set("used", separator);
          return first ? TextValue.EMPTY : separator;
        });
  }

  private static Value raise(Arguments arguments, Budget budget) {
    Value message = arguments.bind("message").get("message");
    throw Failure.refused(PythonText.str(message, budget).toString());
  }
}
