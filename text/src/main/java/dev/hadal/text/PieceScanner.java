package dev.hadal.text;

/** Walks over the pieces of a text in valid UTF-8. Not safe for use by several threads. */
abstract class PieceScanner {
  private final UnicodeClasses unicode = UnicodeClasses.instance();
  private final char[] ascii = unicode.ascii();

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

  /** The code point at a position. */
  final int codePoint(int at) {
    return Utf8.codePoint(text, at);
  }

  /** Where the character after the one at a position begins. */
  final int after(int at) {
    return at + Utf8.width(text[at]);
  }

  /** Where the character before a position begins. */
  final int before(int at) {
    return Utf8.before(text, at);
  }

  /** The classes of the character at a position (see {@link UnicodeClasses}). */
  final int classes(int at) {
    byte first = text[at];
    return first >= 0 ? ascii[first] : unicode.of(Utf8.codePoint(text, at));
  }

  /** Whether the character at a position has one of the classes. */
  final boolean is(int at, int wanted) {
    return (classes(at) & wanted) != 0;
  }

  /** Where the run of characters that have one of the classes ends. */
  final int afterRun(int from, int to, int wanted) {
    int at = from;
    while (at < to && is(at, wanted)) {
      at = after(at);
    }
    return at;
  }

  /** {@code \p{N}{1,most}}, where the first character is a number. */
  final int afterNumber(int from, int to, int most) {
    int at = from;
    for (int n = 0; n < most && at < to && is(at, UnicodeClasses.NUMBER); n++) {
      at = after(at);
    }
    return at;
  }

  /**
   * {@code \s*[\r\n]+|\s+(?!\S)|\s+}, where the first character is white space: up to the last line
   * break of the run of white space; without one the run without its last character, which then
   * begins the next word; the whole run if nothing follows or there is only one character.
   */
  final int afterSpaces(int from, int to) {
    int at = from;
    int last = from;
    int afterBreak = -1;
    while (at < to && is(at, UnicodeClasses.SPACE)) {
      last = at;
      boolean isBreak = is(at, UnicodeClasses.LINE_BREAK);
      at = after(at);
      afterBreak = isBreak ? at : afterBreak;
    }
    if (afterBreak >= 0) {
      return afterBreak;
    }
    return at == to || last == from ? at : last;
  }
}
