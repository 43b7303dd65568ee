package dev.hadal.template;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A text whose characters know who wrote them. Places within it are counted in UTF-16 units here
 * and in code points where a template counts them.
 */
public final class TextValue implements Value {
  static final TextValue EMPTY = of("", Origin.TEMPLATE);

  private final String text;

  /** Where runs of one origin end, ascending; the last is the length, none for no text. */
  private final int[] ends;

  private final Origin[] origins;

  /** How many code points there are, or -1 where nobody asked; a race only counts twice. */
  private int codePoints = -1;

  TextValue(String text, int[] ends, Origin[] origins) {
    this.text = text;
    this.ends = ends;
    this.origins = origins;
  }

  /** A text whose characters have one origin. */
  public static TextValue of(String text, Origin origin) {
    return text.isEmpty()
        ? new TextValue(text, new int[0], new Origin[0])
        : new TextValue(text, new int[] {text.length()}, new Origin[] {origin});
  }

  static TextValue ofTemplate(String text) {
    return of(text, Origin.TEMPLATE);
  }

  /** The characters. */
  @Override
  public String toString() {
    return text;
  }

  /** The text in parts of one origin each. */
  public List<Segment> segments() {
    List<Segment> segments = new ArrayList<>();
    int from = 0;
    for (int run = 0; run < ends.length; run++) {
      segments.add(new Segment(text.substring(from, ends[run]), origins[run]));
      from = ends[run];
    }
    return segments;
  }

  int length() {
    return text.length();
  }

  boolean isEmpty() {
    return text.isEmpty();
  }

  int runs() {
    return ends.length;
  }

  int runEnd(int run) {
    return ends[run];
  }

  Origin runOrigin(int run) {
    return origins[run];
  }

  /** The run that a character belongs to. */
  int runAt(int index) {
    int found = Arrays.binarySearch(ends, index);
    return found >= 0 ? found + 1 : -found - 1;
  }

  Origin originAt(int index) {
    return origins[runAt(index)];
  }

  int codePoints() {
    if (codePoints < 0) {
      codePoints = text.codePointCount(0, text.length());
    }
    return codePoints;
  }

  /** Where the code point of a number from 0 to {@link #codePoints} begins. */
  int offset(int codePoint) {
    return codePoints() == text.length() ? codePoint : text.offsetByCodePoints(0, codePoint);
  }

  /** The number of code points before a place, -1 for -1. */
  int codePointsBefore(int index) {
    return index < 0 || codePoints() == text.length() ? index : text.codePointCount(0, index);
  }

  /** The characters between two places. */
  TextValue slice(int from, int to, Budget budget) {
    if (from == 0 && to == text.length()) {
      return this;
    }
    return new TextBuilder(budget).append(this, from, to).build();
  }
}
