package dev.hadal.text;

/**
 * Byte-pair encoding of one piece: start with its bytes, and as long as any two neighbours merge,
 * merge those of the lowest rank, the leftmost of equals. Not safe for use by several threads.
 *
 * <p>Nearly all pieces are short, and for these a scan for the lowest rank after each merge is
 * fastest. A long piece (a megabyte of one letter is one piece) would make that quadratic; there a
 * heap holds the pairs, ordered by rank and then position, and the symbols form a linked list.
 * Entries of the heap whose pair has changed since are recognised by its rank and dropped.
 */
final class PieceMerger {
  private static final int SHORT = 64;
  private static final int NONE = -1;

  private final BpeModel model;
  private int[] symbols = new int[SHORT];
  private int[] ranks = new int[SHORT];
  private int[] next = {};
  private int[] previous = {};
  private final LongHeap heap = new LongHeap();

  PieceMerger(BpeModel model) {
    this.model = model;
  }

  /** Appends the ids of the piece. */
  void encode(byte[] text, int from, int to, IntList out) {
    int count = to - from;
    if (symbols.length < count) {
      symbols = new int[count];
      ranks = new int[count];
    }
    for (int i = 0; i < count; i++) {
      symbols[i] = model.byteId(text[from + i] & 0xFF);
    }
    for (int i = 0; i + 1 < count; i++) {
      ranks[i] = model.rank(symbols[i], symbols[i + 1]);
    }
    ranks[count - 1] = BpeModel.NEVER;
    if (count <= SHORT) {
      out.addAll(symbols, 0, mergeByScanning(count));
    } else {
      mergeByHeap(count);
      for (int i = 0; i != NONE; i = next[i]) {
        out.add(symbols[i]);
      }
      release();
    }
  }

  private int mergeByScanning(int bytes) {
    int count = bytes;
    while (true) {
      int lowest = BpeModel.NEVER;
      int at = 0;
      for (int i = 0; i + 1 < count; i++) {
        if (ranks[i] < lowest) {
          lowest = ranks[i];
          at = i;
        }
      }
      if (lowest == BpeModel.NEVER) {
        return count;
      }
      symbols[at] = model.merged(lowest);
      count--;
      for (int i = at + 1; i < count; i++) {
        symbols[i] = symbols[i + 1];
        ranks[i] = ranks[i + 1];
      }
      ranks[at] = at + 1 < count ? model.rank(symbols[at], symbols[at + 1]) : BpeModel.NEVER;
      if (at > 0) {
        ranks[at - 1] = model.rank(symbols[at - 1], symbols[at]);
      }
    }
  }

  private void mergeByHeap(int count) {
    if (next.length < count) {
      next = new int[count];
      previous = new int[count];
    }
    for (int i = 0; i < count; i++) {
      previous[i] = i - 1;
      next[i] = i + 1 < count ? i + 1 : NONE;
      push(i);
    }
    while (!heap.isEmpty()) {
      long top = heap.pop();
      int rank = (int) (top >>> 32);
      int at = (int) top;
      if (ranks[at] != rank) {
        continue;
      }
      int gone = next[at];
      int after = next[gone];
      symbols[at] = model.merged(rank);
      ranks[gone] = BpeModel.NEVER;
      next[at] = after;
      ranks[at] = BpeModel.NEVER;
      if (after != NONE) {
        previous[after] = at;
        ranks[at] = model.rank(symbols[at], symbols[after]);
        push(at);
      }
      int before = previous[at];
      if (before != NONE) {
        ranks[before] = model.rank(symbols[before], symbols[at]);
        push(before);
      }
    }
  }

  private void push(int at) {
    if (ranks[at] != BpeModel.NEVER) {
      heap.push((long) ranks[at] << 32 | at);
    }
  }

  /** A piece of megabytes must not keep its memory for as long as the tokenizer lives. */
  private void release() {
    if (symbols.length > 1 << 16) {
      symbols = new int[SHORT];
      ranks = new int[SHORT];
      next = new int[0];
      previous = new int[0];
      heap.release();
    }
  }
}
