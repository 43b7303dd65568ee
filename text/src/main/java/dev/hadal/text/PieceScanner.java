package dev.hadal.text;

/** Walks over the pieces of a text in valid UTF-8. Not safe for use by several threads. */
abstract class PieceScanner {
  /** The text. */
  protected byte[] text = {};

  /** Where the current piece begins and ends, and where the text ends: positions in bytes. */
  protected int start;

  protected int end;
  protected int limit;

  /** Begins a text: the bytes from {@code from} (inclusive) to {@code to} (exclusive). */
  void reset(byte[] text, int from, int to) {
    this.text = text;
    this.start = from;
    this.end = from;
    this.limit = to;
  }

  /** Moves to the next piece; false at the end of the text. */
  abstract boolean next();

  final int start() {
    return start;
  }

  final int end() {
    return end;
  }
}
