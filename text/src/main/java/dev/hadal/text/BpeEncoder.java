package dev.hadal.text;

/**
 * Encodes text of one thread: scans pieces and looks each up among those that it has already
 * encoded. Text repeats its pieces, so that merging is rare. The memory is bounded: a full cache is
 * emptied, long pieces are not kept.
 */
final class BpeEncoder {
  private static final int LONGEST_CACHED = 128;
  private static final int MOST_WORDS = 1 << 18;
  private static final int MOST_PIECES = 1 << 16;

  private final BpeModel model;
  private final PieceScanner scanner;
  private final PieceMerger merger;
  private final PieceTable cache = new PieceTable();

  /** For pieces of several tokens: their number, then their ids, found by the cache's value. */
  private IntList cachedIds = new IntList(1 << 10);

  BpeEncoder(BpeModel model, PreTokenizer preTokenizer) {
    this.model = model;
    this.scanner = preTokenizer.scanner();
    this.merger = new PieceMerger(model);
  }

  /** Appends the ids of text between two positions of valid UTF-8. */
  void encode(byte[] utf8, int from, int to, IntList out) {
    scanner.reset(utf8, from, to);
    while (scanner.next()) {
      int start = scanner.start();
      int end = scanner.end();
      if (end - start > LONGEST_CACHED) {
        encodePiece(utf8, start, end, out);
        continue;
      }
      int entry = cache.findOrAdd(utf8, start, end);
      if (entry >= 0) {
        int value = cache.value(entry);
        if (value < 0) {
          out.add(~value);
        } else {
          cachedIds.copy(value + 1, cachedIds.get(value), out);
        }
      } else {
        int before = out.size();
        encodePiece(utf8, start, end, out);
        remember(~entry, out, before);
      }
    }
    scanner.reset(new byte[0], 0, 0);
  }

  private void encodePiece(byte[] utf8, int start, int end, IntList out) {
    if (model.wholePiecesFirst()) {
      Integer whole = model.ids().get(ByteLevel.text(utf8, start, end));
      if (whole != null) {
        out.add(whole);
        return;
      }
    }
    merger.encode(utf8, start, end, out);
  }

  private void remember(int entry, IntList out, int from) {
    int count = out.size() - from;
    if (count == 1) {
      cache.setValue(entry, ~out.get(from));
    } else {
      cache.setValue(entry, cachedIds.size());
      cachedIds.add(count);
      out.copy(from, count, cachedIds);
    }
    if (cache.words() > MOST_WORDS || cache.size() > MOST_PIECES) {
      cache.clear();
      cachedIds = new IntList(1 << 10);
    }
  }
}
