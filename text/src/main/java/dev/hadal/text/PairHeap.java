package dev.hadal.text;

import java.util.Arrays;

/** Pairs by frequency: the most frequent on top, of equals the one with the smaller ids. */
final class PairHeap {
  private long[] counts = new long[1 << 12];
  private long[] keys = new long[1 << 12];
  private int size;

  boolean isEmpty() {
    return size == 0;
  }

  long topCount() {
    return counts[0];
  }

  long topKey() {
    return keys[0];
  }

  void push(long count, long key) {
    if (size == counts.length) {
      counts = Arrays.copyOf(counts, size * 2);
      keys = Arrays.copyOf(keys, size * 2);
    }
    int at = size++;
    while (at > 0) {
      int parent = (at - 1) >> 1;
      if (!before(count, key, parent)) {
        break;
      }
      move(parent, at);
      at = parent;
    }
    put(count, key, at);
  }

  void pop() {
    size--;
    sink(counts[size], keys[size]);
  }

  /** Gives the pair on top another count. */
  void setTopCount(long count) {
    sink(count, keys[0]);
  }

  private void sink(long count, long key) {
    int at = 0;
    while (true) {
      int child = 2 * at + 1;
      if (child >= size) {
        break;
      }
      if (child + 1 < size && before(counts[child + 1], keys[child + 1], child)) {
        child++;
      }
      if (before(count, key, child)) {
        break;
      }
      move(child, at);
      at = child;
    }
    put(count, key, at);
  }

  private boolean before(long count, long key, int other) {
    return count > counts[other] || (count == counts[other] && key < keys[other]);
  }

  private void move(int from, int to) {
    counts[to] = counts[from];
    keys[to] = keys[from];
  }

  private void put(long count, long key, int at) {
    counts[at] = count;
    keys[at] = key;
  }
}
