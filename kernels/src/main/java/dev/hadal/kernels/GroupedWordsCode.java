package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.ymm;

import dev.hadal.assembler.Address;
import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.Label;
import dev.hadal.assembler.Ymm;

/**
 * {@link GroupedCode} of AVX2, for one to four rows.
 *
 * <p>AVX2 has two ways to multiply small integers. {@code vpmaddubsw} multiplies 32 unsigned bytes
 * by signed ones at once, but adds neighbours in 16 bits: enough for codes of 0 to 15, of which a
 * whole group fits (32 * 15 * 127 / 2 is below 2^15), so that a group needs two instructions for 32
 * products and one widening at its end. What the codes are too large by comes off with the sum of
 * the row's codes, from {@link GroupedRowCode}. Values of a whole byte would overflow; of these
 * {@code vpmaddwd} multiplies 16 pairs of 16-bit numbers, the even bytes of each word, then the odd
 * ones. Both ways end in exact sums of a group, so the order inside of it is free; groups follow in
 * the order that {@link GroupedWeights} states.
 *
 * <p>Sums wait in memory of the innermost cache: registers go to the group's products.
 */
final class GroupedWordsCode extends GroupedCode {
  /** The most rows. */
  static final int MOST = 4;

  private static final int HALF = LINE / 2;

  private static final Ymm LEFT_VALUES = ymm(12);
  private static final Ymm PRODUCT = ymm(13);

  /** Of nibbles: ones in the lower half of each byte. Other uses destroy it. */
  private static final Ymm LOW_HALVES = ymm(14);

  /** Of nibbles in order 16-bit ones, of other nibbles their values. */
  private static final Ymm CONSTANT = ymm(15);

  GroupedWordsCode(GroupedPanels.Form form, int rows) {
    super(form, rows, MOST);
  }

  /** Whether products are of pairs of 16-bit numbers. */
  static boolean pairs(GroupedPanels.Form form) {
    return switch (form.code()) {
      case GroupedWeights.Bytes _ -> true;
      case GroupedWeights.Nibbles nibbles -> !rises(nibbles);
    };
  }

  /** What is added to all codes; 0 where products are of pairs. */
  static int first(GroupedPanels.Form form) {
    return form.code() instanceof GroupedWeights.Nibbles nibbles && rises(nibbles)
        ? nibbles.values().getFirst()
        : 0;
  }

  @Override
  void loadConstants(Assembler a, Label constants) {
    a.vmovups(CONSTANT, mem(constants).plus(HALF));
  }

  @Override
  void placeConstants(Assembler a) {
    a.data(GroupedRowCode.repeated(0x0F0F0F0F));
    if (pairs(form) && form.code() instanceof GroupedWeights.Nibbles nibbles) {
      a.data(values(nibbles, 0));
      a.data(values(nibbles, 0));
    } else {
      a.data(GroupedRowCode.repeated(0x00010001));
    }
  }

  @Override
  int leftBytes() {
    return form.group() * (pairs(form) ? 2 : 1);
  }

  @Override
  int rowNumberBytes() {
    return GroupedRowCode.groupBytes(MOST);
  }

  @Override
  void zero(Assembler a) {
    a.vxorps(ymm(0), ymm(0), ymm(0));
    for (int i = 0; i < 2 * rows; i++) {
      a.vmovups(mem(SUMS, HALF * i), ymm(0));
    }
  }

  @Override
  void store(Assembler a, int row, Address to) {
    for (int half = 0; half < 2; half++) {
      a.vmovups(ymm(0), mem(SUMS, LINE * row + HALF * half));
      a.vmovups(to.plus(HALF * half), ymm(0));
    }
  }

  private static Ymm sum(int row, int half) {
    return ymm(2 * row + half);
  }

  @Override
  void group(Assembler a, Label constants) {
    if (form.nibbles()) {
      a.vmovups(LOW_HALVES, mem(constants));
    }
    for (int line = 0; line < lines(); line++) {
      switch (form.code()) {
        case GroupedWeights.Bytes _ -> bytes(a, line);
        case GroupedWeights.Nibbles nibbles when rises(nibbles) -> nibbles(a, line);
        case GroupedWeights.Nibbles _ -> values(a, line);
      }
    }
    promote(a);
  }

  /** Eight codes of 0 to 15 of each output: unsigned bytes times signed ones, in 16 bits. */
  private void nibbles(Assembler a, int line) {
    for (int half = 0; half < 2; half++) {
      a.vmovups(ymm(8 + half), mem(LINES, LINE * line + HALF * half));
      a.vpsrlw(ymm(10 + half), ymm(8 + half), 4);
      a.vandps(ymm(8 + half), ymm(8 + half), LOW_HALVES);
      a.vandps(ymm(10 + half), ymm(10 + half), LOW_HALVES);
    }
    for (int part = 0; part < 2; part++) {
      for (int row = 0; row < rows; row++) {
        a.vpbroadcastd(LEFT_VALUES, left(row).plus(8 * line + 4 * part));
        for (int half = 0; half < 2; half++) {
          Ymm weights = ymm(8 + 2 * part + half);
          if (line == 0 && part == 0) {
            a.vpmaddubsw(sum(row, half), weights, LEFT_VALUES);
          } else {
            a.vpmaddubsw(PRODUCT, weights, LEFT_VALUES);
            a.vpaddw(sum(row, half), sum(row, half), PRODUCT);
          }
        }
      }
    }
  }

  /** Four bytes of each output. */
  private void bytes(Assembler a, int line) {
    for (int half = 0; half < 2; half++) {
      a.vmovups(ymm(8 + half), mem(LINES, LINE * line + HALF * half));
    }
    pairsOf(a, line);
  }

  /** Eight codes of each output, which stand for values. */
  private void values(Assembler a, int line) {
    for (int part = 0; part < 2; part++) {
      for (int half = 0; half < 2; half++) {
        Ymm values = ymm(8 + half);
        a.vmovups(values, mem(LINES, LINE * line + HALF * half));
        if (part > 0) {
          a.vpsrlw(values, values, 4);
        }
        a.vandps(values, values, LOW_HALVES);
        a.vpshufb(values, CONSTANT, values);
      }
      pairsOf(a, 2 * line + part);
    }
  }

  /** The words of bytes in two registers: even bytes times even ones, odd times odd. */
  private void pairsOf(Assembler a, int word) {
    for (int half = 0; half < 2; half++) {
      a.vpsllw(ymm(10 + half), ymm(8 + half), 8);
      a.vpsraw(ymm(10 + half), ymm(10 + half), 8);
      a.vpsraw(ymm(8 + half), ymm(8 + half), 8);
    }
    for (int odd = 0; odd < 2; odd++) {
      for (int row = 0; row < rows; row++) {
        a.vpbroadcastd(LEFT_VALUES, left(row).plus(8 * word + 4 * odd));
        for (int half = 0; half < 2; half++) {
          Ymm weights = ymm(10 - 2 * odd + half);
          if (word == 0 && odd == 0) {
            a.vpmaddwd(sum(row, half), weights, LEFT_VALUES);
          } else {
            a.vpmaddwd(PRODUCT, weights, LEFT_VALUES);
            a.vpaddd(sum(row, half), sum(row, half), PRODUCT);
          }
        }
      }
    }
  }

  /** The sums of a group, with its scales and offsets, to those that wait. */
  private void promote(Assembler a) {
    Ymm rowScale = LEFT_VALUES;
    Ymm ofRow = LOW_HALVES;
    for (int half = 0; half < 2; half++) {
      for (int kind = 0; kind < form.kinds(); kind++) {
        readNumbers(a, kind, half, ymm(8 + 2 * kind + half));
      }
    }
    for (int row = 0; row < rows; row++) {
      a.vbroadcastss(rowScale, mem(ROW_NUMBERS, 4 * row));
      if (!pairs(form) && first(form) != 0) {
        a.vpbroadcastd(ofRow, mem(ROW_NUMBERS, 4 * (MOST + row)));
      }
      for (int half = 0; half < 2; half++) {
        Ymm sum = sum(row, half);
        if (!pairs(form)) {
          a.vpmaddwd(sum, sum, CONSTANT);
          if (first(form) != 0) {
            a.vpaddd(sum, sum, ofRow);
          }
        }
        a.vcvtdq2ps(sum, sum);
        a.vmulps(PRODUCT, rowScale, ymm(8 + half));
        a.vfmadd213ps(sum, PRODUCT, mem(SUMS, LINE * row + HALF * half));
      }
      if (form.offsets()) {
        a.vbroadcastss(ofRow, mem(ROW_NUMBERS, 4 * (2 * MOST + row)));
        for (int half = 0; half < 2; half++) {
          a.vmulps(PRODUCT, rowScale, ymm(10 + half));
          a.vfmadd231ps(sum(row, half), ofRow, PRODUCT);
        }
      }
      for (int half = 0; half < 2; half++) {
        a.vmovups(mem(SUMS, LINE * row + HALF * half), sum(row, half));
      }
    }
  }

  /** Eight of a group's numbers as FP32; the product's register is used. */
  private void readNumbers(Assembler a, int kind, int half, Ymm to) {
    int number = GroupedPanels.WIDTH * kind + 8 * half;
    Address from = mem(GROUP_NUMBERS, number * form.scale().bytes());
    switch (form.scale()) {
      case F16 -> a.vcvtph2ps(to, from);
      case BF16 -> {
        a.vpmovzxwd(to, from);
        a.vpslld(to, to, 16);
      }
      case F32 -> a.vmovups(to, from);
      case I8 -> {
        a.vpmovsxbd(to, from);
        a.vcvtdq2ps(to, to);
        a.vcvtph2ps(PRODUCT, mem(BLOCK, 2 * number));
        a.vmulps(to, to, PRODUCT);
      }
      default -> throw new IllegalArgumentException("numbers of groups: " + form.scale());
    }
  }
}
