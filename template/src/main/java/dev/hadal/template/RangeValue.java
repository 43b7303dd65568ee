package dev.hadal.template;

import java.util.List;
import java.util.stream.LongStream;

/**
 * Integers from one up or down to another, the last excluded. There are never more than the sandbox
 * of Jinja allows, {@value #LONGEST}.
 */
final class RangeValue extends ObjectValue {
  static final int LONGEST = 100_000;

  private final long start;
  private final long step;
  private final int size;
  private final String printed;

  private RangeValue(long start, long stop, long step, int size) {
    this.start = start;
    this.step = step;
    this.size = size;
    this.printed = "range(" + start + ", " + stop + (step == 1 ? ")" : ", " + step + ")");
  }

  static RangeValue of(long start, long stop, long step) {
    if (step == 0) {
      throw Failure.value("range: expected a step other than 0");
    }
    boolean none = step > 0 ? start >= stop : start <= stop;
    // As unsigned numbers, neither the distance nor the size of the step can overflow.
    long distance = step > 0 ? stop - start : start - stop;
    long width = step > 0 ? step : -step;
    long size = none ? 0 : Long.divideUnsigned(distance - 1, width) + 1;
    if (size < 0 || size > LONGEST) {
      throw Failure.limit("elements of a range", LONGEST);
    }
    return new RangeValue(start, stop, step, (int) size);
  }

  int size() {
    return size;
  }

  Value get(int index) {
    return new IntegerValue(start + index * step);
  }

  boolean contains(Value value) {
    if (!(DictValue.key(value) instanceof Long number)) {
      return false;
    }
    long last = start + (size - 1) * step;
    return size > 0
        && number >= Math.min(start, last)
        && number <= Math.max(start, last)
        && Math.floorMod(number, step) == Math.floorMod(start, step);
  }

  List<Value> elements(Budget budget) {
    budget.items(2L * size);
    return LongStream.range(0, size)
        .<Value>mapToObj(index -> new IntegerValue(start + index * step))
        .toList();
  }

  @Override
  String describe() {
    return "a range";
  }

  @Override
  String print() {
    return printed;
  }
}
