package dev.hadal.text;

import java.util.Arrays;

/** How often each piece occurs. Not safe for use by several threads. */
final class PieceCounts {
  private final PieceTable pieces = new PieceTable();
  private long[] counts = new long[1 << 10];

  /** Counts a piece. */
  void add(byte[] text, int from, int to, long times) {
    int entry = pieces.findOrAdd(text, from, to);
    if (entry < 0) {
      int index = pieces.size() - 1;
      pieces.setValue(~entry, index);
      if (index == counts.length) {
        counts = Arrays.copyOf(counts, index * 2);
      }
      counts[index] = times;
    } else {
      counts[pieces.value(entry)] += times;
    }
  }

  /** Adds all counts of another. */
  void addAll(PieceCounts other) {
    byte[] bytes = new byte[64];
    for (int e = other.pieces.first(); e < other.pieces.words(); e = other.pieces.after(e)) {
      int length = other.pieces.length(e);
      if (length > bytes.length) {
        bytes = new byte[length * 2];
      }
      for (int i = 0; i < length; i++) {
        bytes[i] = other.pieces.byteAt(e, i);
      }
      add(bytes, 0, length, other.counts[other.pieces.value(e)]);
    }
  }

  PieceTable pieces() {
    return pieces;
  }

  long count(int entry) {
    return counts[pieces.value(entry)];
  }
}
