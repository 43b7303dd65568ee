package dev.hadal.template;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What {@code loop} is within a loop, at one element. Counts are Jinja's. */
final class LoopValue extends ObjectValue {
  private final List<Value> items;
  private final int depth;
  private final CallableValue.@Nullable Body again;
  private int index;
  private @Nullable Value last;

  /**
   * A loop before its first element.
   *
   * @param depth how many loops of the same tag this one is in
   * @param again runs the loop's body over other elements, if it is recursive
   */
  LoopValue(List<Value> items, int depth, CallableValue.@Nullable Body again) {
    this.items = items;
    this.depth = depth;
    this.again = again;
  }

  void at(int newIndex) {
    index = newIndex;
  }

  int size() {
    return items.size();
  }

  Value call(Arguments arguments, Budget budget) {
    if (again == null) {
      throw Failure.value("loop: expected a loop marked recursive to call it");
    }
    return again.call(arguments, budget);
  }

  @Override
  String describe() {
    return "a loop";
  }

  @Override
  @Nullable Value attribute(String name) {
    return switch (name) {
      case "index" -> new IntegerValue(index + 1L);
      case "index0" -> new IntegerValue(index);
      case "revindex" -> new IntegerValue((long) size() - index);
      case "revindex0" -> new IntegerValue(size() - index - 1L);
      case "first" -> new BooleanValue(index == 0);
      case "last" -> new BooleanValue(index == size() - 1);
      case "length" -> new IntegerValue(size());
      case "depth" -> new IntegerValue(depth + 1L);
      case "depth0" -> new IntegerValue(depth);
      case "previtem" ->
          index > 0 ? items.get(index - 1) : new UndefinedValue("the element before the first");
      case "nextitem" ->
          index < size() - 1
              ? items.get(index + 1)
              : new UndefinedValue("the element behind the last");
      case "cycle" -> new CallableValue("loop.cycle", (arguments, _) -> cycle(arguments));
      case "changed" -> new CallableValue("loop.changed", this::changed);
      default -> null;
    };
  }

  private Value cycle(Arguments arguments) {
    List<Value> choices = arguments.positional();
    if (choices.isEmpty()) {
      throw Failure.value("loop.cycle: expected at least one value");
    }
    return choices.get(index % choices.size());
  }

  private Value changed(Arguments arguments, Budget budget) {
    Value now = new ListValue(arguments.positional(), true);
    boolean same = last != null && Comparison.equal(last, now, budget);
    last = now;
    return new BooleanValue(!same);
  }
}
