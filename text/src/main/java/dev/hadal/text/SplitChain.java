package dev.hadal.text;

import java.util.Arrays;
import java.util.List;

/**
 * Split steps in a row: the first cuts the text, each further one the pieces of the one before it.
 * Only the current piece of each step is known, the longest outside and the shortest inside.
 */
final class SplitChain extends PieceScanner {
  private final List<SplitStep> steps;

  /** Where the current piece of the first so many steps ends; of no steps: the text. */
  private final int[] ends;

  SplitChain(List<SplitStep> steps) {
    this.steps = List.copyOf(steps);
    this.ends = new int[steps.size() + 1];
  }

  @Override
  void reset(byte[] text, int from, int to) {
    super.reset(text, from, to);
    Arrays.fill(ends, from);
    ends[0] = to;
  }

  @Override
  boolean next() {
    start = end;
    if (start == limit) {
      return false;
    }
    int level = steps.size();
    while (ends[level] == start) {
      level--;
    }
    for (; level < steps.size(); level++) {
      ends[level + 1] = steps.get(level).pieceEnd(this, start, ends[level]);
    }
    end = ends[level];
    return true;
  }
}
