package dev.hadal.text;

import java.util.Arrays;

/** Pairs of token ids to numbers: open addressing, no boxing. */
final class PairMap {
  static final int ABSENT = -1;

  private static final long FREE = -1;

  private final long seed = Hashing.seed();
  private long[] keys;
  private int[] values;
  private int size;

  PairMap(int expected) {
    int capacity = Integer.highestOneBit(Math.max(16, expected) * 2 - 1) * 2;
    keys = free(capacity);
    values = new int[capacity];
  }

  /** A pair as a key; keys order as pairs do. Ids are not negative. */
  static long key(int left, int right) {
    return (long) left << 32 | right;
  }

  static int left(long key) {
    return (int) (key >>> 32);
  }

  static int right(long key) {
    return (int) key;
  }

  int get(long key) {
    int mask = keys.length - 1;
    int slot = (int) Hashing.mix(seed, key) & mask;
    while (true) {
      long found = keys[slot];
      if (found == key) {
        return values[slot];
      }
      if (found == FREE) {
        return ABSENT;
      }
      slot = (slot + 1) & mask;
    }
  }

  /** The value of the key; if it has none, it gets this one, and the answer is {@link #ABSENT}. */
  int putIfAbsent(long key, int value) {
    if (size * 2 >= keys.length) {
      grow();
    }
    int mask = keys.length - 1;
    int slot = (int) Hashing.mix(seed, key) & mask;
    while (keys[slot] != FREE) {
      if (keys[slot] == key) {
        return values[slot];
      }
      slot = (slot + 1) & mask;
    }
    keys[slot] = key;
    values[slot] = value;
    size++;
    return ABSENT;
  }

  private void grow() {
    long[] oldKeys = keys;
    int[] oldValues = values;
    keys = free(Math.multiplyExact(oldKeys.length, 2));
    values = new int[keys.length];
    size = 0;
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldKeys[i] != FREE) {
        putIfAbsent(oldKeys[i], oldValues[i]);
      }
    }
  }

  private static long[] free(int capacity) {
    long[] keys = new long[capacity];
    Arrays.fill(keys, FREE);
    return keys;
  }
}
