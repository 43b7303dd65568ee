package dev.hadal.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What {@code value.name} and {@code value[index]} are. Both look for attributes and for elements,
 * in different orders, and what is not there is undefined; only the undefined has none at all.
 */
final class Attributes {
  private Attributes() {}

  /** {@code value.name}: methods and attributes before elements. */
  static Value attribute(Value of, String name) {
    Value own = own(of, name);
    if (own != null) {
      return own;
    }
    Value member = of instanceof DictValue dict ? dict.get(name) : null;
    return member != null ? member : missing(of, name);
  }

  /** The method or attribute of a name, never an element. */
  static Value bare(Value of, String name) {
    Value own = own(of, name);
    return own != null ? own : missing(of, name);
  }

  /** {@code value[index]}: elements before methods and attributes. */
  static Value item(Value of, Value index, Budget budget) {
    Value element = element(of, index, budget);
    if (element != null) {
      return element;
    }
    String name = index instanceof TextValue text ? text.toString() : "this element";
    Value own = index instanceof TextValue ? own(of, name) : null;
    return own != null ? own : missing(of, name);
  }

  private static Value missing(Value of, String name) {
    return new UndefinedValue("%s of %s".formatted(Quoted.text(name), Types.describe(of)));
  }

  private static @Nullable Value own(Value of, String name) {
    if (of instanceof UndefinedValue undefined) {
      throw undefined.failure();
    }
    if (name.startsWith("_")) {
      return null;
    }
    return switch (of) {
      case TextValue text -> TextMethods.find(text, name);
      case DictValue dict -> CollectionMethods.find(dict, name);
      case ListValue list -> CollectionMethods.find(list, name);
      case ObjectValue object -> object.attribute(name);
      case IntegerValue _, FloatValue _, BooleanValue _, NoneValue _, UndefinedValue _ -> null;
    };
  }

  private static @Nullable Value element(Value of, Value index, Budget budget) {
    if (of instanceof UndefinedValue undefined) {
      throw undefined.failure();
    }
    if (of instanceof DictValue dict) {
      boolean impossible =
          index instanceof DictValue || (index instanceof ListValue list && !list.tuple());
      return impossible ? null : dict.get(index);
    }
    if (!Types.isInteger(index)) {
      return null;
    }
    long place = Types.integer(index, "");
    return switch (of) {
      case ListValue list -> {
        long at = wrapped(place, list.items().size());
        yield at < 0 ? null : list.items().get((int) at);
      }
      case RangeValue range -> {
        long at = wrapped(place, range.size());
        yield at < 0 ? null : range.get((int) at);
      }
      case TextValue text -> {
        budget.read(text.length());
        long at = wrapped(place, text.codePoints());
        yield at < 0 ? null : text.slice(text.offset((int) at), text.offset((int) at + 1), budget);
      }
      default -> null;
    };
  }

  /** A place that may count from the end, or -1 where there is none. */
  private static long wrapped(long place, int size) {
    long at = place < 0 ? place + size : place;
    return at >= 0 && at < size ? at : -1;
  }

  /** {@code value[start:stop:step]} for what has one; each bound may be missing or none. */
  static Value slice(
      Value of, @Nullable Value start, @Nullable Value stop, @Nullable Value step, Budget budget) {
    if (of instanceof UndefinedValue undefined) {
      throw undefined.failure();
    }
    if (!(of instanceof TextValue || of instanceof ListValue || of instanceof RangeValue)) {
      throw Failure.value("a slice: expected a text or a list, found " + Types.describe(of));
    }
    long size = Types.length(of);
    long by = bound(step).orElse(1L);
    if (by == 0) {
      throw Failure.value("a slice: expected a step other than 0");
    }
    long first = clamped(start, by > 0 ? 0 : size - 1, size, by);
    long end = clamped(stop, by > 0 ? size : -1, size, by);
    return switch (of) {
      case TextValue text when by == 1 ->
          text.slice(text.offset((int) first), text.offset((int) Math.max(first, end)), budget);
      case TextValue text -> stepped(text, first, end, by, budget);
      case ListValue list ->
          new ListValue(pick(list.items(), first, end, by, budget), list.tuple());
      default -> ListValue.of(pick(Types.elements(of, budget), first, end, by, budget));
    };
  }

  private static Optional<Long> bound(@Nullable Value value) {
    return value == null || value instanceof NoneValue
        ? Optional.empty()
        : Optional.of(Types.integer(value, "a slice"));
  }

  private static long clamped(@Nullable Value value, long otherwise, long size, long by) {
    Optional<Long> given = bound(value);
    if (given.isEmpty()) {
      return otherwise;
    }
    long place = given.get() < 0 ? given.get() + size : given.get();
    return by > 0 ? Math.clamp(place, 0, size) : Math.clamp(place, -1, size - 1);
  }

  private static List<Value> pick(List<Value> items, long first, long end, long by, Budget budget) {
    List<Value> picked = new ArrayList<>();
    budget.items(items.size());
    for (long at = first; by > 0 ? at < end : at > end; at = next(at, by, items.size())) {
      picked.add(items.get((int) at));
    }
    return picked;
  }

  private static Value stepped(TextValue text, long first, long end, long by, Budget budget) {
    List<Value> characters = Types.elements(text, budget);
    TextBuilder out = new TextBuilder(budget);
    for (Value character : pick(characters, first, end, by, budget)) {
      out.append(Types.text(character, "a slice"));
    }
    return out.build();
  }

  /** The next place; a step beyond the whole text must not overflow. */
  private static long next(long at, long by, int size) {
    return at + Math.clamp(by, -size - 1L, size + 1L);
  }
}
