package dev.hadal.template;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A dictionary in the order in which its keys came. */
public final class DictValue implements Value {
  private static final int LONGEST_TUPLE = 16;

  /** A member; the key as it was given, with its origin. */
  record Entry(Value key, Value value) {}

  private final Map<Object, Entry> entries;

  private DictValue(Map<Object, Entry> entries) {
    this.entries = entries;
  }

  /** A dictionary with texts for keys, whose characters have the given origin. */
  public static DictValue of(Map<String, ? extends Value> members, Origin keys) {
    Builder builder = new Builder();
    members.forEach((name, value) -> builder.put(TextValue.of(name, keys), value));
    return builder.build();
  }

  Collection<Entry> entries() {
    return entries.values();
  }

  List<Value> keys() {
    return entries.values().stream().map(Entry::key).toList();
  }

  int size() {
    return entries.size();
  }

  /**
   * The value of a key.
   *
   * @throws Failure if nothing like it can be a key
   */
  @Nullable Value get(Value key) {
    Entry entry = entries.get(key(key));
    return entry == null ? null : entry.value();
  }

  @Nullable Value get(String name) {
    Entry entry = entries.get(name);
    return entry == null ? null : entry.value();
  }

  /** Collects members; a key put twice keeps its place and takes the later value. */
  static final class Builder {
    private final Map<Object, Entry> entries = new LinkedHashMap<>();

    Builder put(Value key, Value value) {
      Object plain = key(key);
      Entry known = entries.get(plain);
      entries.put(plain, new Entry(known == null ? key : known.key(), value));
      return this;
    }

    DictValue build() {
      return new DictValue(entries);
    }
  }

  /**
   * An object that is equal for keys that are: texts whoever wrote them, numbers whatever their
   * type. Strings are told apart in logarithmic time even where their hashes are made to be equal.
   */
  static Object key(Value value) {
    return switch (value) {
      case TextValue text -> text.toString();
      case IntegerValue(long number) -> number;
      case BooleanValue(boolean truth) -> truth ? 1L : 0L;
      case FloatValue(double number) ->
          number == (long) number && number != Long.MAX_VALUE
              ? (Object) (long) number
              : (Object) number;
      case NoneValue none -> none;
      case UndefinedValue _ -> UndefinedValue.class;
      case ListValue list when list.tuple() -> tupleKey(list);
      case ListValue _, DictValue _ ->
          throw Failure.value("%s cannot be a key".formatted(Types.describe(value)));
      case ObjectValue object -> object;
    };
  }

  /** Short tuples of plain values only, so that no look-up is much work. */
  private static Object tupleKey(ListValue tuple) {
    if (tuple.items().size() > LONGEST_TUPLE
        || tuple.items().stream().anyMatch(ListValue.class::isInstance)) {
      throw Failure.value(
          "expected a tuple of at most %d plain values as a key".formatted(LONGEST_TUPLE));
    }
    return tuple.items().stream().map(DictValue::key).toList();
  }
}
