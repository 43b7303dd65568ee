package dev.hadal.template;

import java.util.Locale;
import java.util.function.IntPredicate;

/** Classes and cases of characters, as Python's {@code str} has them. */
final class Characters {
  private static final int PIECE = 256;

  private Characters() {}

  static boolean isSpace(int c) {
    return c <= ' '
        ? c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1C && c <= 0x1F)
        : c == 0x85 || c == 0xA0 || Character.isSpaceChar(c);
  }

  /** Whether a line ends here for {@code splitlines}. */
  static boolean isLineEnd(int c) {
    return (c >= '\n' && c <= '\r')
        || (c >= 0x1C && c <= 0x1E)
        || c == 0x85
        || c == 0x2028
        || c == 0x2029;
  }

  /** Whether there are characters and all are of a class. */
  static boolean all(TextValue text, IntPredicate of) {
    return !text.isEmpty() && text.toString().codePoints().allMatch(of);
  }

  /** Whether there are characters with case, and all of these are upper or all lower. */
  static boolean allCased(TextValue text, boolean upper) {
    String all = text.toString();
    return all.codePoints().anyMatch(c -> isUpper(c) || Character.isLowerCase(c))
        && all.codePoints().noneMatch(upper ? Character::isLowerCase : Characters::isUpper);
  }

  private static boolean isUpper(int c) {
    return Character.isUpperCase(c) || Character.isTitleCase(c);
  }

  static boolean isNumeric(int c) {
    return switch (Character.getType(c)) {
      case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> true;
      default -> false;
    };
  }

  static boolean isAlphanumeric(int c) {
    return Character.isLetter(c) || isNumeric(c);
  }

  /** What becomes of a character; some become several. */
  enum Case {
    UPPER,
    LOWER,
    /** As {@link #UPPER}, but what are two letters in one has only the first in upper case. */
    TITLE,
    SWAPPED;

    String of(String character) {
      return switch (this) {
        case UPPER -> character.toUpperCase(Locale.ROOT);
        case LOWER -> character.toLowerCase(Locale.ROOT);
        case TITLE -> title(character);
        case SWAPPED ->
            isUpper(character.codePointAt(0)) ? LOWER.of(character) : UPPER.of(character);
      };
    }
  }

  private static String title(String character) {
    String upper = Case.UPPER.of(character);
    int first = upper.offsetByCodePoints(0, 1);
    return first < upper.length()
        ? upper.substring(0, first) + Case.LOWER.of(upper.substring(first))
        : Character.toString(Character.toTitleCase(character.codePointAt(0)));
  }

  /** The text with characters of another case, each with the origin it had. */
  static TextValue with(Case kind, TextValue text, Budget budget) {
    TextBuilder out = new TextBuilder(budget);
    append(kind, text, 0, text.length(), out);
    return out.build();
  }

  static void append(Case kind, TextValue text, int from, int to, TextBuilder out) {
    int at = from;
    for (int run = from < to ? text.runAt(from) : 0; at < to; run++) {
      int end = Math.min(to, text.runEnd(run));
      Origin origin = text.runOrigin(run);
      while (at < end) {
        int next = pieceEnd(text.toString(), at, end);
        String piece = text.toString().substring(at, next);
        if (kind == Case.SWAPPED) {
          piece.codePoints().forEach(c -> out.append(kind.of(Character.toString(c)), origin));
        } else {
          out.append(kind.of(piece), origin);
        }
        at = next;
      }
    }
  }

  /**
   * Where a piece ends that is short, because the JDK copies the whole text for each letter that
   * becomes several, and that ends behind a blank if possible, because a sigma looks different at
   * the end of a word.
   */
  private static int pieceEnd(String text, int from, int to) {
    int most = from + PIECE;
    if (most >= to) {
      return to;
    }
    int blank = text.substring(from, most).lastIndexOf(' ');
    if (blank > 0) {
      return from + blank + 1;
    }
    return Character.isLowSurrogate(text.charAt(most)) ? most - 1 : most;
  }

  /** The first character in upper case, the others in lower. */
  static TextValue capitalized(TextValue text, Budget budget) {
    if (text.isEmpty()) {
      return text;
    }
    TextBuilder out = new TextBuilder(budget);
    int first = Character.charCount(text.toString().codePointAt(0));
    append(Case.TITLE, text, 0, first, out);
    append(Case.LOWER, text, first, text.length(), out);
    return out.build();
  }

  /**
   * The first character of each word in upper case, the others in lower.
   *
   * @param first the case of the first characters
   * @param between whether a character is between words
   */
  static TextValue titled(TextValue text, Case first, IntPredicate between, Budget budget) {
    TextBuilder out = new TextBuilder(budget);
    String all = text.toString();
    boolean start = true;
    int width;
    for (int at = 0; at < all.length(); at += width) {
      int c = all.codePointAt(at);
      width = Character.charCount(c);
      append(start ? first : Case.LOWER, text, at, at + width, out);
      start = between.test(c);
    }
    return out.build();
  }
}
