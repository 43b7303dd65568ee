package dev.hadal.kernels;

import java.lang.foreign.MemorySegment;

/**
 * The left operand of {@link GeneratedGroupedProducts}: tiles of rows with their numbers and, where
 * products are of pairs, their pairs in scratch memory.
 *
 * @param a the operand
 * @param code what prepares its rows
 * @param factor what sums of codes are multiplied by
 * @param numbersAt offset of its numbers
 * @param pairsAt offset of its pairs
 */
record GroupedOperand(
    Matrix.Integers a, GroupedRowCode code, int factor, long numbersAt, long pairsAt) {

  /** What panels of a form need of an operand; nothing has a place yet. */
  static GroupedOperand of(
      Matrix.Integers a, GroupedPanels.Form form, GroupedInstructions instructions) {
    GroupedRowCode code =
        new GroupedRowCode(form.group(), instructions.pairs(form), instructions.most());
    return new GroupedOperand(a, code, instructions.first(form), 0, 0);
  }

  @SuppressWarnings("ReferenceEquality") // comparing contents would cost more than preparing
  boolean serves(GroupedOperand other) {
    return a == other.a && code.equals(other.code) && factor == other.factor;
  }

  GroupedOperand at(long numbers, long pairs) {
    return new GroupedOperand(a, code, factor, numbers, pairs);
  }

  int rows() {
    return a.rows();
  }

  int depth() {
    return a.columns();
  }

  int tiles() {
    return Math.ceilDiv(rows(), code.tile());
  }

  int rowsOf(int tile) {
    return Math.min(code.tile(), rows() - tile * code.tile());
  }

  private long tileNumberBytes() {
    return (long) depth() / code.group() * GroupedRowCode.groupBytes(code.tile());
  }

  long numberBytes() {
    return tiles() * tileNumberBytes();
  }

  long pairBytes() {
    return code.pairs() ? 2L * rows() * depth() : 0;
  }

  /** Fills the numbers and pairs of a tile. */
  void prepare(int tile, MemorySegment numbers, MemorySegment pairs, GroupedFunctions functions) {
    int steps = depth() / GroupedWeights.STEP;
    long codes = Addresses.of("product a", a.codes());
    long scales = Addresses.of("product a", a.scales());
    for (int r = 0; r < rowsOf(tile); r++) {
      long row = (long) tile * code.tile() + r;
      functions.prepare(
          code,
          codes + row * depth(),
          scales + 4 * row * steps,
          numbers(tile, numbers) + 4L * r,
          code.pairs() ? left(tile, pairs) + r * rowBytes() : 0,
          steps,
          factor);
    }
  }

  /** Address of the numbers of a tile. */
  long numbers(int tile, MemorySegment numbers) {
    return numbers.address() + numbersAt + tile * tileNumberBytes();
  }

  /** Address of what a tile's rows are multiplied with: codes or pairs. */
  long left(int tile, MemorySegment pairs) {
    long first = code.pairs() ? pairs.address() + pairsAt : Addresses.of("product a", a.codes());
    return first + (long) tile * code.tile() * rowBytes();
  }

  /** From one row to the next. */
  long rowBytes() {
    return (code.pairs() ? 2L : 1) * depth();
  }
}
