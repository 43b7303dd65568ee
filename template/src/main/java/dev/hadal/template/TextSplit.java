package dev.hadal.template;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Texts taken apart, put together and stripped; each part keeps its origins. */
final class TextSplit {
  private TextSplit() {}

  /** The parts between separators; at white space, without empty parts, where there is none. */
  static Value split(TextValue text, @Nullable TextValue separator, int most, Budget budget) {
    int parts = most < 0 ? Integer.MAX_VALUE : most;
    return ListValue.of(
        separator == null
            ? words(text, parts, budget)
            : between(text, nonEmpty(separator), parts, budget));
  }

  private static List<Value> between(TextValue text, String separator, int most, Budget budget) {
    List<Value> parts = new ArrayList<>();
    int from = 0;
    while (parts.size() < most) {
      int at = TextSearch.find(text.toString(), separator, from, budget);
      if (at < 0) {
        break;
      }
      parts.add(text.slice(from, at, budget));
      from = at + separator.length();
    }
    parts.add(text.slice(from, text.length(), budget));
    return parts;
  }

  private static List<Value> words(TextValue text, int most, Budget budget) {
    List<Value> words = new ArrayList<>();
    int at = skip(text, 0, true);
    while (at < text.length()) {
      int end = words.size() < most ? skip(text, at, false) : text.length();
      words.add(text.slice(at, end, budget));
      at = skip(text, end, true);
    }
    return words;
  }

  /** The same from the end. */
  static Value splitFromEnd(
      TextValue text, @Nullable TextValue separator, int most, Budget budget) {
    int parts = most < 0 ? Integer.MAX_VALUE : most;
    if (separator == null) {
      return wordsFromEnd(text, parts, budget);
    }
    String part = nonEmpty(separator);
    List<Value> found = new ArrayList<>();
    int end = text.length();
    while (found.size() < parts) {
      int at = TextSearch.findLast(text.toString(), part, end, budget);
      if (at < 0) {
        break;
      }
      found.add(text.slice(at + part.length(), end, budget));
      end = at;
    }
    found.add(text.slice(0, end, budget));
    return ListValue.of(found.reversed());
  }

  private static Value wordsFromEnd(TextValue text, int most, Budget budget) {
    List<Value> words = new ArrayList<>();
    int end = stripEnd(text, null);
    while (end > 0) {
      int start = end;
      while (start > 0 && !isSpaceBefore(text, start) && words.size() < most) {
        start--;
      }
      start = words.size() < most ? start : 0;
      words.add(text.slice(start, end, budget));
      end = start;
      while (end > 0 && isSpaceBefore(text, end)) {
        end--;
      }
    }
    return ListValue.of(words.reversed());
  }

  private static boolean isSpaceBefore(TextValue text, int at) {
    return Characters.isSpace(text.toString().charAt(at - 1));
  }

  private static int skip(TextValue text, int from, boolean space) {
    int at = from;
    while (at < text.length() && Characters.isSpace(text.toString().charAt(at)) == space) {
      at++;
    }
    return at;
  }

  private static String nonEmpty(TextValue separator) {
    if (separator.isEmpty()) {
      throw Failure.value("split: expected a separator of at least one character");
    }
    return separator.toString();
  }

  /** Before, the separator and behind it; found from the start or from the end. */
  static Value partition(TextValue text, TextValue separator, boolean fromEnd, Budget budget) {
    String part = nonEmpty(separator);
    int at =
        fromEnd
            ? TextSearch.findLast(text.toString(), part, text.length(), budget)
            : TextSearch.find(text.toString(), part, 0, budget);
    if (at < 0) {
      return fromEnd
          ? ListValue.tuple(TextValue.EMPTY, TextValue.EMPTY, text)
          : ListValue.tuple(text, TextValue.EMPTY, TextValue.EMPTY);
    }
    int behind = at + part.length();
    return ListValue.tuple(
        text.slice(0, at, budget),
        text.slice(at, behind, budget),
        text.slice(behind, text.length(), budget));
  }

  static List<TextValue> lines(TextValue text, boolean keepEnds, Budget budget) {
    List<TextValue> lines = new ArrayList<>();
    String all = text.toString();
    int from = 0;
    while (from < all.length()) {
      int end = from;
      while (end < all.length() && !Characters.isLineEnd(all.charAt(end))) {
        end++;
      }
      int next = Math.min(all.length(), end + (all.startsWith("\r\n", end) ? 2 : 1));
      lines.add(text.slice(from, keepEnds ? next : end, budget));
      from = next;
    }
    return lines;
  }

  static TextValue join(TextValue separator, List<? extends Value> parts, Budget budget) {
    TextBuilder out = new TextBuilder(budget);
    for (int i = 0; i < parts.size(); i++) {
      budget.step();
      if (i > 0) {
        out.append(separator);
      }
      PythonText.str(parts.get(i), out, budget);
    }
    return out.build();
  }

  static TextValue replace(TextValue text, TextValue old, TextValue by, int most, Budget budget) {
    TextBuilder out = new TextBuilder(budget);
    int from = 0;
    int search = 0;
    for (int count = 0; most < 0 || count < most; count++) {
      int at = TextSearch.find(text.toString(), old.toString(), search, budget);
      if (at < 0) {
        break;
      }
      out.append(text, from, at).append(by);
      from = at + old.length();
      // Nothing is found before each character and at the end.
      search = old.isEmpty() ? nextCharacter(text, from) : from;
      if (search > text.length()) {
        break;
      }
    }
    return out.append(text, from, text.length()).build();
  }

  private static int nextCharacter(TextValue text, int at) {
    return at >= text.length() ? at + 1 : at + Character.charCount(text.toString().codePointAt(at));
  }

  static long count(TextValue text, TextValue part, Budget budget) {
    if (part.isEmpty()) {
      return text.codePoints() + 1L;
    }
    long count = 0;
    int at = TextSearch.find(text.toString(), part.toString(), 0, budget);
    while (at >= 0) {
      count++;
      at = TextSearch.find(text.toString(), part.toString(), at + part.length(), budget);
    }
    return count;
  }

  /** Without the given characters, white space where none are given, at the ends asked for. */
  static TextValue strip(
      TextValue text, @Nullable TextValue of, boolean start, boolean end, Budget budget) {
    budget.read(text.length());
    int to = end ? stripEnd(text, of) : text.length();
    int from = 0;
    while (start && from < to) {
      int c = text.toString().codePointAt(from);
      if (!isStripped(c, of)) {
        break;
      }
      from += Character.charCount(c);
    }
    return text.slice(from, Math.max(from, to), budget);
  }

  private static int stripEnd(TextValue text, @Nullable TextValue of) {
    int to = text.length();
    while (to > 0) {
      int c = text.toString().codePointBefore(to);
      if (!isStripped(c, of)) {
        break;
      }
      to -= Character.charCount(c);
    }
    return to;
  }

  private static boolean isStripped(int c, @Nullable TextValue of) {
    return of == null ? Characters.isSpace(c) : of.toString().indexOf(c) >= 0;
  }

  /** Fills up to a width with blanks or another character. */
  static TextValue pad(TextValue text, long width, TextValue fill, Side side, Budget budget) {
    if (fill.codePoints() != 1) {
      throw Failure.value("expected one character to fill up with, found " + fill.codePoints());
    }
    long missing = Math.max(0, width - text.codePoints());
    long left =
        switch (side) {
          case LEFT -> missing;
          case RIGHT -> 0;
          // An odd blank goes where Python puts it.
          case BOTH -> missing / 2 + (missing & width & 1);
          case CENTRE -> missing / 2;
        };
    return new TextBuilder(budget)
        .repeat(fill, left)
        .append(text)
        .repeat(fill, missing - left)
        .build();
  }

  /** Where a text is filled up. */
  enum Side {
    LEFT,
    RIGHT,
    /** As {@code str.center}. */
    BOTH,
    /** As the alignment {@code ^} of a format, which puts an odd blank behind. */
    CENTRE
  }
}
