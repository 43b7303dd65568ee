package dev.hadal.text;

import java.util.BitSet;
import java.util.function.IntPredicate;

/**
 * A Split step of a pre-tokenizer: within a segment, matches and the gaps between them become
 * pieces. The kinds of patterns that steps have are these four; each finds the end of a piece in
 * one walk over it.
 */
sealed interface SplitStep {
  /** Where the piece that begins at {@code from} ends, in a segment that ends at {@code to}. */
  int pieceEnd(PieceScanner text, int from, int to);

  /** {@code [set]}: each of these characters is a piece. */
  record Single(IntPredicate set) implements SplitStep {
    @Override
    public int pieceEnd(PieceScanner text, int from, int to) {
      if (set.test(text.codePoint(from))) {
        return text.after(from);
      }
      int at = text.after(from);
      while (at < to && !set.test(text.codePoint(at))) {
        at = text.after(at);
      }
      return at;
    }
  }

  /** {@code [set]+}. */
  record Run(IntPredicate set) implements SplitStep {
    @Override
    public int pieceEnd(PieceScanner text, int from, int to) {
      boolean match = set.test(text.codePoint(from));
      int at = text.after(from);
      while (at < to && set.test(text.codePoint(at)) == match) {
        at = text.after(at);
      }
      return at;
    }
  }

  /** {@code \s?[set]+}. */
  record SpacedRun(IntPredicate set) implements SplitStep {
    @Override
    public int pieceEnd(PieceScanner text, int from, int to) {
      int at = runStart(text, from, to);
      if (at < 0) {
        at = text.after(from);
        while (at < to && runStart(text, at, to) < 0) {
          at = text.after(at);
        }
        return at;
      }
      while (at < to && set.test(text.codePoint(at))) {
        at = text.after(at);
      }
      return at;
    }

    /** Where the run of a match that begins here begins; negative if none does. */
    private int runStart(PieceScanner text, int at, int to) {
      int next = text.is(at, UnicodeClasses.SPACE) ? text.after(at) : at;
      if (next < to && set.test(text.codePoint(next))) {
        return next;
      }
      return next > at && set.test(text.codePoint(at)) ? at : -1;
    }
  }

  /** {@code \s+$}, where a segment has no line break but as a piece of its own. */
  record TrailingSpaces() implements SplitStep {
    @Override
    public int pieceEnd(PieceScanner text, int from, int to) {
      int trailing = to;
      while (trailing > from && text.is(text.before(trailing), UnicodeClasses.SPACE)) {
        trailing = text.before(trailing);
      }
      return trailing == from ? to : trailing;
    }
  }

  /** The characters of a bracket expression: single ones, and ranges such as {@code a-z}. */
  static IntPredicate set(String characters) {
    int[] points = characters.codePoints().toArray();
    BitSet set = new BitSet();
    for (int i = 0; i < points.length; i++) {
      boolean range = i + 2 < points.length && points[i + 1] == '-';
      int last = range ? points[i + 2] : points[i];
      set.set(points[i], last + 1);
      i += range ? 2 : 0;
    }
    return set::get;
  }

  /** The characters that have one of these classes. */
  static IntPredicate set(int classes) {
    UnicodeClasses unicode = UnicodeClasses.instance();
    return codePoint -> (unicode.of(codePoint) & classes) != 0;
  }
}
