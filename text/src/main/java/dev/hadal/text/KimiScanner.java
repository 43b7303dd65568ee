package dev.hadal.text;

import static dev.hadal.text.UnicodeClasses.CASELESS;
import static dev.hadal.text.UnicodeClasses.HAN;
import static dev.hadal.text.UnicodeClasses.LETTER;
import static dev.hadal.text.UnicodeClasses.LINE_BREAK;
import static dev.hadal.text.UnicodeClasses.LOWERCASE;
import static dev.hadal.text.UnicodeClasses.MARK;
import static dev.hadal.text.UnicodeClasses.MODIFIER;
import static dev.hadal.text.UnicodeClasses.NUMBER;
import static dev.hadal.text.UnicodeClasses.SPACE;
import static dev.hadal.text.UnicodeClasses.TITLECASE;
import static dev.hadal.text.UnicodeClasses.UPPERCASE;

/**
 * The pre-tokenizer of Moonlight and Kimi-K2 by hand: the alternatives of {@link PreTokenizer#KIMI}
 * in their order. They match every character, so that there are no gaps.
 *
 * <p>The two alternatives for words need care. Write {@code U} for upper-case, title-case, modifier
 * and caseless letters and marks, {@code W} for lower-case, modifier and caseless letters and
 * marks, neither of them Han. A word is {@code U*W+}, or else {@code U+W*}. Modifiers, caseless
 * letters and marks are in both, so an engine that has taken all of a run of {@code U} and then
 * finds no {@code W} gives back what it took until one of those can be the {@code W}: the match
 * ends after the last of them. The character before the word is optional in both, and a mark can be
 * that character or the word's first; taking it comes first.
 *
 * <p>A piece is found in at most a few walks over one run, all of which but its last capitals it
 * takes; these are the next piece. So the time is linear in the text.
 */
final class KimiScanner extends PieceScanner {
  private static final int UPPER = UPPERCASE | TITLECASE | MODIFIER | CASELESS | MARK;
  private static final int LOWER = LOWERCASE | MODIFIER | CASELESS | MARK;
  private static final int NOT_BEFORE_WORD = LINE_BREAK | LETTER | NUMBER;
  private static final int NOT_SIGN = SPACE | LETTER | NUMBER;
  private static final int LONGEST_NUMBER = 3;
  private static final int NONE = -1;

  /** The two bytes of U+017F. */
  private static final int LONG_S_FIRST = (byte) 0xC5;

  private static final byte LONG_S_SECOND = (byte) 0xBF;

  @Override
  boolean next() {
    start = end;
    if (start == limit) {
      return false;
    }
    end = afterPiece(start);
    return true;
  }

  private int afterPiece(int from) {
    int classes = classes(from);
    if ((classes & HAN) != 0) {
      return afterRun(from, limit, HAN);
    }
    if ((classes & NUMBER) != 0) {
      return afterNumber(from, limit, LONGEST_NUMBER);
    }
    int word = afterWord(from, (classes & NOT_BEFORE_WORD) == 0);
    if (word != NONE) {
      return afterContraction(word);
    }
    int next = after(from);
    if ((classes & SPACE) == 0) {
      return afterSigns(from);
    }
    return text[from] == ' ' && next < limit && !is(next, NOT_SIGN)
        ? afterSigns(next)
        : afterSpaces(from, limit);
  }

  private int afterWord(int from, boolean mayPrecede) {
    int next = after(from);
    int end = mayPrecede ? afterLower(next) : NONE;
    end = end == NONE ? afterLower(from) : end;
    end = end == NONE && mayPrecede ? afterUpper(next) : end;
    return end == NONE ? afterUpper(from) : end;
  }

  /** {@code U*W+}. */
  private int afterLower(int from) {
    int at = from;
    int lastLower = NONE;
    while (isWordPart(at, UPPER)) {
      lastLower = is(at, LOWER) ? at : lastLower;
      at = after(at);
    }
    if (isWordPart(at, LOWER)) {
      return afterWordParts(at, LOWER);
    }
    return lastLower == NONE ? NONE : after(lastLower);
  }

  /** {@code U+W*}, where no {@code U*W+} is: then nothing of {@code W} follows. */
  private int afterUpper(int from) {
    int at = afterWordParts(from, UPPER);
    return at == from ? NONE : at;
  }

  private int afterWordParts(int from, int wanted) {
    int at = from;
    while (isWordPart(at, wanted)) {
      at = after(at);
    }
    return at;
  }

  private boolean isWordPart(int at, int wanted) {
    if (at >= limit) {
      return false;
    }
    int classes = classes(at);
    return (classes & wanted) != 0 && (classes & HAN) == 0;
  }

  /** {@code [^\s\p{L}\p{N}]+[\r\n]*}. */
  private int afterSigns(int from) {
    int at = from;
    while (at < limit && !is(at, NOT_SIGN)) {
      at = after(at);
    }
    return afterRun(at, limit, LINE_BREAK);
  }

  /** {@code (?i:'s|'t|'re|'ve|'m|'ll|'d)?}; without case, the long s is an s, too. */
  private int afterContraction(int at) {
    if (at + 1 >= limit || text[at] != '\'') {
      return at;
    }
    int second = at + 2 < limit ? lower(at + 2) : 0;
    return switch (lower(at + 1)) {
      case 's', 't', 'm', 'd' -> at + 2;
      case 'r', 'v' -> second == 'e' ? at + 3 : at;
      case 'l' -> second == 'l' ? at + 3 : at;
      case LONG_S_FIRST -> text[at + 2] == LONG_S_SECOND ? at + 3 : at;
      default -> at;
    };
  }

  private int lower(int at) {
    byte b = text[at];
    return b >= 'A' && b <= 'Z' ? b | 0x20 : b;
  }
}
