package dev.hadal.text;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Pieces of text to numbers. Text repeats itself: counting words and remembering how they were
 * encoded are both this table, and both are as fast as it is.
 *
 * <p>A key is kept as whole 64-bit words in one array, after a header word with its length and its
 * value; an entry is known by its header's index. A slot of the open-addressing table holds 32 bits
 * of the hash (which also give the slot) and the entry, so that a look-up touches two places in
 * memory and growing reads no keys.
 */
final class PieceTable {
  private static final VarHandle WORD =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** The entry of a piece that is not there; no other has it, so that an empty slot is a zero. */
  static final int ABSENT = 0;

  private static final int FIRST = 1;

  private final long seed = Hashing.seed();
  private long[] slots = new long[1 << 10];
  private long[] entries = new long[1 << 11];
  private int end = FIRST;
  private int size;

  /** The entry of a piece, or {@link #ABSENT}. */
  int find(byte[] text, int from, int to) {
    return (int) slots[slot(hash(text, from, to - from), text, from, to - from)];
  }

  /** The entry of a piece, or the complement of a new entry with value 0. */
  int findOrAdd(byte[] text, int from, int to) {
    int length = to - from;
    int tag = hash(text, from, length);
    int slot = slot(tag, text, from, length);
    if (slots[slot] != 0) {
      return (int) slots[slot];
    }
    int entry = add(text, from, length);
    slots[slot] = (long) tag << 32 | entry;
    if (++size * 2 > slots.length) {
      grow();
    }
    return ~entry;
  }

  /** The slot of a piece, or the empty one where it belongs. */
  private int slot(int tag, byte[] text, int from, int length) {
    int mask = slots.length - 1;
    int slot = tag & mask;
    while (true) {
      long found = slots[slot];
      if (found == 0 || ((int) (found >>> 32) == tag && holds((int) found, text, from, length))) {
        return slot;
      }
      slot = (slot + 1) & mask;
    }
  }

  int value(int entry) {
    return (int) entries[entry];
  }

  void setValue(int entry, int value) {
    entries[entry] = (long) length(entry) << 32 | (value & 0xFFFFFFFFL);
  }

  /** How many pieces the table holds. */
  int size() {
    return size;
  }

  /** How many 64-bit words the pieces take. */
  int words() {
    return end;
  }

  int first() {
    return FIRST;
  }

  /** The entry after this one; {@link #words} after the last. */
  int after(int entry) {
    return entry + 1 + words(length(entry));
  }

  /** The length of an entry's piece in bytes. */
  int length(int entry) {
    return (int) (entries[entry] >>> 32);
  }

  byte byteAt(int entry, int index) {
    return (byte) (entries[entry + 1 + (index >> 3)] >>> ((index & 7) << 3));
  }

  /** Forgets everything. */
  void clear() {
    Arrays.fill(slots, 0);
    end = FIRST;
    size = 0;
  }

  private int hash(byte[] text, int from, int length) {
    long hash = Hashing.mix(seed, length);
    for (int i = 0; i < length; i += 8) {
      hash = Hashing.mix(hash, word(text, from + i, length - i));
    }
    return (int) (hash >>> 32);
  }

  private boolean holds(int entry, byte[] text, int from, int length) {
    if (length(entry) != length) {
      return false;
    }
    for (int i = 0, at = entry + 1; i < length; i += 8, at++) {
      if (entries[at] != word(text, from + i, length - i)) {
        return false;
      }
    }
    return true;
  }

  private int add(byte[] text, int from, int length) {
    int entry = end;
    int next = Math.addExact(entry, 1 + words(length));
    if (next > entries.length) {
      entries = Arrays.copyOf(entries, (int) Math.min(Integer.MAX_VALUE - 8L, next * 2L));
    }
    entries[entry] = (long) length << 32;
    for (int i = 0, at = entry + 1; i < length; i += 8, at++) {
      entries[at] = word(text, from + i, length - i);
    }
    end = next;
    return entry;
  }

  private void grow() {
    long[] old = slots;
    slots = new long[old.length * 2];
    int mask = slots.length - 1;
    for (long entry : old) {
      if (entry != 0) {
        int slot = (int) (entry >>> 32) & mask;
        while (slots[slot] != 0) {
          slot = (slot + 1) & mask;
        }
        slots[slot] = entry;
      }
    }
  }

  private static int words(int length) {
    return (length + 7) >> 3;
  }

  /** Up to eight bytes as a word, the first lowest, zero above the piece's end. */
  private static long word(byte[] text, int at, int left) {
    if (at + 8 <= text.length) {
      long word = (long) WORD.get(text, at);
      return left >= 8 ? word : word & (-1L >>> (64 - (left << 3)));
    }
    long word = 0;
    for (int i = Math.min(left, 8) - 1; i >= 0; i--) {
      word = word << 8 | (text[at + i] & 0xFF);
    }
    return word;
  }
}
