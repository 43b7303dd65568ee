package dev.hadal.template;

import java.util.Arrays;

/** Puts a text together, each character with its origin. */
final class TextBuilder {
  private final Budget budget;
  private final StringBuilder text = new StringBuilder();
  private int[] ends = new int[2];
  private Origin[] origins = new Origin[2];
  private int runs;

  TextBuilder(Budget budget) {
    this.budget = budget;
  }

  int length() {
    return text.length();
  }

  /** Characters of one origin. */
  TextBuilder append(String more, Origin origin) {
    budget.characters(more.length());
    return add(more, 0, more.length(), origin);
  }

  /** Characters that the interpreter writes. */
  TextBuilder append(String more) {
    return append(more, Origin.TEMPLATE);
  }

  /** One code point. */
  TextBuilder append(int codePoint, Origin origin) {
    budget.characters(1);
    text.appendCodePoint(codePoint);
    close(origin);
    return this;
  }

  TextBuilder append(TextValue more) {
    return append(more, 0, more.length());
  }

  /** The characters of a text between two places. */
  TextBuilder append(TextValue more, int from, int to) {
    budget.characters((long) to - from);
    return add(more, from, to);
  }

  private TextBuilder add(TextValue more, int from, int to) {
    int at = from;
    for (int run = from < to ? more.runAt(from) : 0; at < to; run++) {
      int end = Math.min(to, more.runEnd(run));
      add(more.toString(), at, end, more.runOrigin(run));
      at = end;
    }
    return this;
  }

  /** A text so many times; less than one time is none. */
  TextBuilder repeat(TextValue more, long times) {
    if (times > 0 && !more.isEmpty()) {
      budget.characters(Types.product(times, more.length()));
      if (more.runs() == 1) {
        String all = more.toString().repeat((int) times);
        return add(all, 0, all.length(), more.runOrigin(0));
      }
      for (long i = 0; i < times; i++) {
        add(more, 0, more.length());
      }
    }
    return this;
  }

  TextValue build() {
    budget.text(text.length());
    return new TextValue(text.toString(), Arrays.copyOf(ends, runs), Arrays.copyOf(origins, runs));
  }

  private TextBuilder add(String more, int from, int to, Origin origin) {
    if (from < to) {
      text.append(more, from, to);
      close(origin);
    }
    return this;
  }

  /** The characters just added are of this origin. */
  private void close(Origin origin) {
    if (runs > 0 && origins[runs - 1] == origin) {
      ends[runs - 1] = text.length();
      return;
    }
    budget.items(1);
    if (runs == ends.length) {
      ends = Arrays.copyOf(ends, 2 * runs);
      origins = Arrays.copyOf(origins, 2 * runs);
    }
    ends[runs] = text.length();
    origins[runs++] = origin;
  }
}
