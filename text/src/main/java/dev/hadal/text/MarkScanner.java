package dev.hadal.text;

import java.util.List;
import java.util.function.Consumer;

/**
 * Finds marks in text that comes in parts: for models whose tokenizer has no token of its own for a
 * mark. What may be the beginning of one is held back until it is certain.
 */
final class MarkScanner {
  private final List<String> marks;
  private final Consumer<AnswerPiece> next;
  private final StringBuilder held = new StringBuilder();

  MarkScanner(List<String> marks, Consumer<AnswerPiece> next) {
    this.marks = List.copyOf(marks);
    this.next = next;
  }

  void text(String delta) {
    held.append(delta);
    int from = 0;
    while (true) {
      int first = -1;
      String found = "";
      for (String mark : marks) {
        int at = held.indexOf(mark, from);
        if (at >= 0 && (first < 0 || at < first)) {
          first = at;
          found = mark;
        }
      }
      if (first < 0) {
        break;
      }
      pass(from, first);
      next.accept(new AnswerPiece(found, true));
      from = first + found.length();
    }
    int end = held.length() - beginning(from);
    pass(from, end);
    held.delete(0, end);
  }

  /** A mark that is certain; what was held is none. */
  void mark(String mark) {
    finish();
    next.accept(new AnswerPiece(mark, true));
  }

  void finish() {
    pass(0, held.length());
    held.setLength(0);
  }

  private void pass(int from, int to) {
    if (from < to) {
      next.accept(new AnswerPiece(held.substring(from, to), false));
    }
  }

  /** How many characters at the end may be the beginning of a mark. */
  private int beginning(int from) {
    int longest = 0;
    for (String mark : marks) {
      int most = Math.min(mark.length() - 1, held.length() - from);
      for (int length = most; length > longest; length--) {
        if (mark.startsWith(held.substring(held.length() - length))) {
          longest = length;
        }
      }
    }
    return longest;
  }
}
