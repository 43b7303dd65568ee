package dev.hadal.text;

import java.util.function.Consumer;

/**
 * Takes the fence from around a block, {@code ```json}, a line's end and at the end three backticks
 * on a line of their own, while its text comes in parts. Without a fence before it, or with one
 * that is not closed, what is there stays.
 */
final class FenceStripper {
  private static final String FENCE = "```";
  private static final int LONGEST_OPENING = 32;

  private final Consumer<String> out;

  /** What may be part of a fence. */
  private final StringBuilder held = new StringBuilder();

  private State state = State.BEFORE;

  private enum State {
    BEFORE,
    FENCED,
    BARE
  }

  FenceStripper(Consumer<String> out) {
    this.out = out;
  }

  void accept(String text) {
    held.append(text);
    if (state == State.BEFORE) {
      open();
    }
    switch (state) {
      case BEFORE -> {}
      case FENCED -> pass(held.length() - closing());
      case BARE -> pass(held.length());
    }
  }

  /** A fence is a line of backticks and at most a word. */
  private void open() {
    int start = 0;
    while (start < held.length() && held.charAt(start) <= ' ') {
      start++;
    }
    int common = Math.min(FENCE.length(), held.length() - start);
    if (!FENCE.startsWith(held.substring(start, start + common))) {
      state = State.BARE;
      return;
    }
    int lineEnd = held.indexOf("\n", start + common);
    int length = (lineEnd < 0 ? held.length() : lineEnd) - start;
    if (length > LONGEST_OPENING) {
      state = State.BARE;
    } else if (common == FENCE.length() && lineEnd >= 0) {
      boolean word =
          held.substring(start + common, lineEnd).strip().chars().allMatch(Character::isLetter);
      state = word ? State.FENCED : State.BARE;
      held.delete(0, word ? lineEnd + 1 : 0);
    }
  }

  /** How many characters at the end may be the closing fence and white space behind it. */
  private int closing() {
    int end = held.length();
    while (end > 0 && held.charAt(end - 1) <= ' ') {
      end--;
    }
    int ticks = end;
    while (ticks > 0 && end - ticks < FENCE.length() && held.charAt(ticks - 1) == '`') {
      ticks--;
    }
    if (end - ticks == FENCE.length() || end == held.length()) {
      int start = ticks;
      while (start > 0 && held.charAt(start - 1) <= ' ') {
        start--;
      }
      return held.length() - start;
    }
    return held.length() - end;
  }

  private void pass(int count) {
    if (count > 0) {
      String text = held.substring(0, count);
      held.delete(0, count);
      out.accept(text);
    }
  }

  /**
   * The end of the block.
   *
   * @param ended whether the end was marked, so that the last fence closes the block
   */
  void finish(boolean ended) {
    if (state == State.FENCED && ended && held.toString().strip().equals(FENCE)) {
      held.setLength(0);
    }
    pass(held.length());
    state = State.BEFORE;
  }
}
