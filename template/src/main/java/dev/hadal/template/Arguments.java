package dev.hadal.template;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of one call.
 *
 * @param callee what is called, for messages
 * @param positional those without a name
 * @param named those with one
 */
record Arguments(String callee, List<Value> positional, Map<String, Value> named) {
  Arguments {
    positional = List.copyOf(positional);
  }

  static Arguments none(String callee) {
    return new Arguments(callee, List.of(), Map.of());
  }

  /** Arguments given to parameters by place and by name. */
  final class Bound {
    private final List<String> names;

    private Bound(List<String> names) {
      this.names = names;
    }

    /** The argument of a parameter; null where none was given. */
    @Nullable Value find(String name) {
      int place = names.indexOf(name);
      return place < positional.size() ? positional.get(place) : named.get(name);
    }

    /** The argument of a parameter that must have one. */
    Value get(String name) {
      Value value = find(name);
      if (value == null) {
        throw Failure.value("%s: expected the argument %s, found none".formatted(callee, name));
      }
      return value;
    }

    Value get(String name, Value otherwise) {
      Value value = find(name);
      return value == null ? otherwise : value;
    }

    boolean truth(String name, boolean otherwise) {
      Value value = find(name);
      return value == null ? otherwise : Types.truth(value);
    }

    TextValue text(String name) {
      return Types.text(get(name), what(name));
    }

    TextValue text(String name, String otherwise) {
      return Types.text(get(name, TextValue.ofTemplate(otherwise)), what(name));
    }

    int integer(String name) {
      return Types.small(get(name), what(name));
    }

    int integer(String name, int otherwise) {
      return Types.small(get(name, new IntegerValue(otherwise)), what(name));
    }

    String what(String name) {
      return callee + ", argument " + name;
    }
  }

  /**
   * Gives the arguments to parameters.
   *
   * @throws Failure if there are more than parameters, or one has another name
   */
  Bound bind(String... parameters) {
    List<String> names = List.of(parameters);
    if (positional.size() > names.size()) {
      throw Failure.value(
          "%s: expected at most %d arguments, found %d"
              .formatted(callee, names.size(), positional.size()));
    }
    for (String name : named.keySet()) {
      int place = names.indexOf(name);
      if (place < 0) {
        throw Failure.value("%s: there is no argument %s".formatted(callee, Quoted.text(name)));
      }
      if (place < positional.size()) {
        throw Failure.value("%s: the argument %s is given twice".formatted(callee, name));
      }
    }
    return new Bound(names);
  }

  /** The arguments from the second on, for another callee. */
  Arguments rest(String otherCallee) {
    return new Arguments(otherCallee, positional.subList(1, positional.size()), named);
  }
}
