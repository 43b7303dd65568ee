package dev.hadal.template;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A way from a value to one within it, such as {@code function.name}.
 *
 * @param steps keys and places, none for the value itself
 * @param fallback what stands for the undefined, if anything
 */
record Path(List<Value> steps, @Nullable Value fallback) {
  private static final int MOST_STEPS = 100;

  /** The path that the argument named attribute means; the value itself where there is none. */
  static Path of(Arguments.Bound bound) {
    return of(bound.get("attribute", new NoneValue()));
  }

  static Path of(Value attribute) {
    return switch (attribute) {
      case NoneValue _ -> new Path(List.of(), null);
      case TextValue text -> new Path(steps(text.toString()), null);
      default -> new Path(List.of(attribute), null);
    };
  }

  /** Several paths with commas between them. */
  static List<Path> list(Arguments.Bound bound) {
    Value attribute = bound.get("attribute", new NoneValue());
    return attribute instanceof TextValue text && text.toString().indexOf(',') >= 0
        ? Arrays.stream(limited(text.toString().split(",", MOST_STEPS + 1)))
            .map(path -> new Path(steps(path), null))
            .toList()
        : List.of(of(attribute));
  }

  private static List<Value> steps(String path) {
    return Arrays.stream(limited(path.split("\\.", MOST_STEPS + 1))).map(Path::step).toList();
  }

  private static String[] limited(String[] parts) {
    if (parts.length > MOST_STEPS) {
      throw Failure.limit("parts of an attribute", MOST_STEPS);
    }
    return parts;
  }

  private static Value step(String step) {
    return step.matches("[0-9]{1,9}")
        ? new IntegerValue(Integer.parseInt(step))
        : TextValue.ofTemplate(step);
  }

  Path otherwise(@Nullable Value newFallback) {
    return new Path(steps, newFallback);
  }

  Value of(Value value, Budget budget) {
    Value at = value;
    for (Value step : steps) {
      budget.step();
      at = Attributes.item(at, step, budget);
      if (fallback != null && at instanceof UndefinedValue) {
        at = fallback;
      }
    }
    return at;
  }
}
