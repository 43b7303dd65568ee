package dev.hadal.text;

import java.util.Arrays;

/** A growing array of token ids. */
final class IntList {
  private int[] values;
  private int size;

  IntList(int capacity) {
    values = new int[capacity];
  }

  void add(int value) {
    if (size == values.length) {
      grow(1);
    }
    values[size++] = value;
  }

  void addAll(int[] source, int from, int count) {
    if (count > values.length - size) {
      grow(count);
    }
    System.arraycopy(source, from, values, size, count);
    size += count;
  }

  /** Appends some of these values to another list. */
  void copy(int from, int count, IntList to) {
    to.addAll(values, from, count);
  }

  int size() {
    return size;
  }

  int get(int index) {
    return values[index];
  }

  void set(int index, int value) {
    values[index] = value;
  }

  void clear() {
    size = 0;
  }

  int[] toArray() {
    return Arrays.copyOf(values, size);
  }

  private void grow(int more) {
    values = Arrays.copyOf(values, Math.max(values.length * 2, Math.addExact(size, more) + 16));
  }
}
