package dev.hadal.text;

import static dev.hadal.text.UnicodeClasses.LETTER;
import static dev.hadal.text.UnicodeClasses.LINE_BREAK;
import static dev.hadal.text.UnicodeClasses.MARK;
import static dev.hadal.text.UnicodeClasses.NUMBER;
import static dev.hadal.text.UnicodeClasses.PUNCTUATION;
import static dev.hadal.text.UnicodeClasses.SPACE;
import static dev.hadal.text.UnicodeClasses.SYMBOL;

/**
 * DeepSeek-V3's pre-tokenizer by hand. The three Split steps (see {@link PreTokenizer#DEEPSEEK_V3})
 * are one pass here:
 *
 * <ol>
 *   <li>{@code \p{N}{1,3}}: a number character begins a piece of at most three of them;
 *   <li>{@code [一-龥぀-ゟ゠-ヿ]+}: runs of these and runs of everything else are segments, which no
 *       later match may leave: the end of a segment is the end of text for step three;
 *   <li>within a segment the alternatives of the third pattern in their order. What none of them
 *       matches (control characters, unassigned ones) is joined into one piece: the gap between two
 *       matches.
 * </ol>
 *
 * <p>No alternative backtracks over more than one run, so the time is linear in the text.
 */
final class DeepSeekV3Scanner extends PieceScanner {
  private static final int WORD_PART = LETTER | MARK;
  private static final int SIGN = PUNCTUATION | SYMBOL;
  private static final int LONGEST_NUMBER = 3;

  private int segmentEnd;

  @Override
  void reset(byte[] text, int from, int to) {
    super.reset(text, from, to);
    segmentEnd = from;
  }

  @Override
  boolean next() {
    start = end;
    if (start == limit) {
      return false;
    }
    if (start == segmentEnd) {
      if (is(start, NUMBER)) {
        end = afterNumber(start, limit, LONGEST_NUMBER);
        segmentEnd = end;
        return true;
      }
      segmentEnd = afterSegment(start);
    }
    end = afterPiece(start);
    return true;
  }

  private int afterSegment(int from) {
    boolean ideographs = isIdeographOrKana(from);
    int at = after(from);
    while (at < limit && !is(at, NUMBER) && isIdeographOrKana(at) == ideographs) {
      at = after(at);
    }
    return at;
  }

  /** The third pattern, at a position where no match is open. */
  private int afterPiece(int from) {
    int classes = classes(from);
    int next = after(from);
    if ((classes & SIGN) != 0) {
      return next < segmentEnd && isAsciiLetter(text[next]) && text[from] >= 0
          ? afterAsciiLetters(next)
          : afterSigns(next);
    }
    if ((classes & WORD_PART) != 0) {
      return afterRun(next, segmentEnd, WORD_PART);
    }
    if ((classes & LINE_BREAK) == 0 && inSegment(next, WORD_PART)) {
      return afterRun(next, segmentEnd, WORD_PART);
    }
    if (text[from] == ' ' && inSegment(next, SIGN)) {
      return afterSigns(next);
    }
    if ((classes & SPACE) != 0) {
      return afterSpaces(from, segmentEnd);
    }
    return afterGap(next);
  }

  private int afterAsciiLetters(int from) {
    int at = from;
    while (at < segmentEnd && isAsciiLetter(text[at])) {
      at++;
    }
    return at;
  }

  /** {@code [\p{P}\p{S}]*[\r\n]*}. */
  private int afterSigns(int from) {
    return afterRun(afterRun(from, segmentEnd, SIGN), segmentEnd, LINE_BREAK);
  }

  private int afterGap(int from) {
    int at = from;
    while (at < segmentEnd && !matches(at)) {
      at = after(at);
    }
    return at;
  }

  private boolean matches(int at) {
    return is(at, WORD_PART | SIGN | SPACE) || inSegment(after(at), WORD_PART);
  }

  private boolean inSegment(int at, int wanted) {
    return at < segmentEnd && is(at, wanted);
  }

  private boolean isIdeographOrKana(int at) {
    if (text[at] >= 0) {
      return false;
    }
    int codePoint = codePoint(at);
    return (codePoint >= 0x4E00 && codePoint <= 0x9FA5)
        || (codePoint >= 0x3040 && codePoint <= 0x30FF);
  }

  private static boolean isAsciiLetter(byte b) {
    int lower = b | 0x20;
    return lower >= 'a' && lower <= 'z';
  }
}
