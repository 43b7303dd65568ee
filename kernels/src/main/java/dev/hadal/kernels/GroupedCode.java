package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.ymm;
import static dev.hadal.assembler.Register64.R10;
import static dev.hadal.assembler.Register64.R11;
import static dev.hadal.assembler.Register64.R12;
import static dev.hadal.assembler.Register64.R13;
import static dev.hadal.assembler.Register64.R14;
import static dev.hadal.assembler.Register64.R8;
import static dev.hadal.assembler.Register64.R9;
import static dev.hadal.assembler.Register64.RAX;
import static dev.hadal.assembler.Register64.RBX;
import static dev.hadal.assembler.Register64.RCX;
import static dev.hadal.assembler.Register64.RDI;
import static dev.hadal.assembler.Register64.RDX;
import static dev.hadal.assembler.Register64.RSI;
import static dev.hadal.assembler.Scale.BY_1;
import static dev.hadal.assembler.Scale.BY_2;

import dev.hadal.assembler.Address;
import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.Label;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Register64;
import dev.hadal.assembler.Signature;
import dev.hadal.assembler.Ymm;
import dev.hadal.kernels.GroupedFrame.Field;

/**
 * One to four rows of {@link Matrix.Integers} times {@link GroupedPanels} as machine code of AVX2:
 * C [rows, 16] of each panel.
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
 * <p>A panel is read from front to back; its blocks' numbers are decoded on the way. Sums wait in
 * memory of the innermost cache: registers go to the group's products.
 *
 * @param form of the panels
 * @param rows of A, 1 to {@value #MOST}
 */
record GroupedCode(GroupedPanels.Form form, int rows) {
  /** The most rows. */
  static final int MOST = 4;

  /** Takes the address of a {@link GroupedFrame}. */
  static final Signature SIGNATURE = Signature.ofLongs(1);

  private static final int LINE = GroupedPanels.LINE;
  private static final int HALF = LINE / 2;

  private static final Register64 FRAME = RDI;
  private static final Register64 LEFT = RSI;
  private static final Register64 LEFT_ROW = R8;
  private static final Register64 LEFT_3 = R9;
  private static final Register64 BLOCK = RDX;
  private static final Register64 LINES = RCX;
  private static final Register64 ROW_NUMBERS = R10;
  private static final Register64 GROUP_NUMBERS = R11;
  private static final Register64 ELEMENTS = RBX;
  private static final Register64 SUMS = R12;
  private static final Register64 GROUPS = R13;
  private static final Register64 TO = R14;
  private static final Register64[] SAVED = {RBX, R12, R13, R14};

  private static final Ymm LEFT_VALUES = ymm(12);
  private static final Ymm PRODUCT = ymm(13);

  /** Of nibbles: ones in the lower half of each byte. Other uses destroy it. */
  private static final Ymm LOW_HALVES = ymm(14);

  /** Of nibbles in order 16-bit ones, of other nibbles their values. */
  private static final Ymm CONSTANT = ymm(15);

  /** Checks the sizes. */
  GroupedCode {
    if (rows < 1 || rows > MOST) {
      throw new IllegalArgumentException("rows: expected 1 to %d, found %d".formatted(MOST, rows));
    }
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

  private static boolean rises(GroupedWeights.Nibbles nibbles) {
    for (int i = 1; i < nibbles.values().size(); i++) {
      if (nibbles.values().get(i) != nibbles.values().get(0) + i) {
        return false;
      }
    }
    return true;
  }

  /** The code. */
  MachineCode assemble() {
    Assembler a = new Assembler();
    Label constants = a.label();
    for (Register64 register : SAVED) {
      a.push(register);
    }
    a.vmovups(CONSTANT, mem(constants).plus(HALF));
    a.mov(BLOCK, Field.PANEL.in(FRAME));
    a.mov(SUMS, Field.SUMS.in(FRAME));
    a.mov(TO, Field.TO.in(FRAME));
    a.mov(LEFT_ROW, Field.LEFT_ROW.in(FRAME));
    Label panel = a.here();
    a.mov(LEFT, Field.LEFT.in(FRAME));
    if (rows > 3) {
      a.lea(LEFT_3, mem(LEFT, LEFT_ROW, BY_2));
      a.add(LEFT_3, LEFT_ROW);
    }
    a.mov(ROW_NUMBERS, Field.NUMBERS.in(FRAME));
    a.mov(ELEMENTS, Field.DEPTH.in(FRAME));
    a.vxorps(ymm(0), ymm(0), ymm(0));
    for (int i = 0; i < 2 * rows; i++) {
      a.vmovups(mem(SUMS, HALF * i), ymm(0));
    }
    Label block = a.here();
    startBlock(a);
    a.align(32);
    Label group = a.here();
    group(a, constants);
    a.dec(GROUPS);
    a.jnz(group);
    a.mov(BLOCK, LINES);
    a.test(ELEMENTS, ELEMENTS);
    a.jnz(block);
    store(a);
    a.add(TO, LINE);
    a.mov(RAX, Field.PANELS.in(FRAME));
    a.dec(RAX);
    a.mov(Field.PANELS.in(FRAME), RAX);
    a.jnz(panel);
    for (int i = SAVED.length - 1; i >= 0; i--) {
      a.pop(SAVED[i]);
    }
    a.vzeroupper();
    a.ret();
    a.align(32);
    a.bind(constants);
    a.data(GroupedRowCode.repeated(0x0F0F0F0F));
    placeConstant(a);
    return a.finish();
  }

  private void placeConstant(Assembler a) {
    if (pairs(form) && form.code() instanceof GroupedWeights.Nibbles nibbles) {
      byte[] values = new byte[16];
      for (int i = 0; i < values.length; i++) {
        values[i] = nibbles.values().get(i).byteValue();
      }
      a.data(values);
      a.data(values);
    } else {
      a.data(GroupedRowCode.repeated(0x00010001));
    }
  }

  /** Where a block's lines and numbers begin and how many groups it has. */
  private void startBlock(Assembler a) {
    int whole = GroupedPanels.BLOCK;
    Label shorter = a.label();
    Label ready = a.label();
    a.cmp(ELEMENTS, whole);
    a.jb(shorter);
    a.lea(LINES, mem(BLOCK, form.headBytes(whole)));
    a.mov(GROUPS, (long) whole / form.group());
    a.sub(ELEMENTS, whole);
    a.jmp(ready);
    a.bind(shorter);
    a.mov(LINES, Field.LAST_HEAD.in(FRAME));
    a.add(LINES, BLOCK);
    a.mov(GROUPS, ELEMENTS);
    a.shr(GROUPS, Integer.numberOfTrailingZeros(form.group()));
    a.xor(ELEMENTS, ELEMENTS);
    a.bind(ready);
    a.lea(GROUP_NUMBERS, mem(BLOCK, outerBytes()));
  }

  private int outerBytes() {
    return form.nested() ? 2 * GroupedPanels.WIDTH * form.kinds() : 0;
  }

  private static Ymm sum(int row, int half) {
    return ymm(2 * row + half);
  }

  private static Address left(int row) {
    return switch (row) {
      case 0 -> mem(LEFT);
      case 1 -> mem(LEFT, LEFT_ROW, BY_1);
      case 2 -> mem(LEFT, LEFT_ROW, BY_2);
      default -> mem(LEFT_3);
    };
  }

  private void group(Assembler a, Label constants) {
    if (form.nibbles()) {
      a.vmovups(LOW_HALVES, mem(constants));
    }
    int lines = form.group() / form.wordElements();
    for (int line = 0; line < lines; line++) {
      switch (form.code()) {
        case GroupedWeights.Bytes _ -> bytes(a, line);
        case GroupedWeights.Nibbles nibbles when rises(nibbles) -> nibbles(a, line);
        case GroupedWeights.Nibbles _ -> values(a, line);
      }
    }
    a.add(LINES, LINE * lines);
    int leftBytes = form.group() * (pairs(form) ? 2 : 1);
    a.add(LEFT, leftBytes);
    if (rows > 3) {
      a.add(LEFT_3, leftBytes);
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
    a.add(ROW_NUMBERS, GroupedRowCode.GROUP_BYTES);
    a.add(GROUP_NUMBERS, form.kinds() * GroupedPanels.WIDTH * form.scale().bytes());
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

  private void store(Assembler a) {
    a.mov(RAX, TO);
    for (int row = 0; row < rows; row++) {
      for (int half = 0; half < 2; half++) {
        a.vmovups(ymm(0), mem(SUMS, LINE * row + HALF * half));
        a.vmovups(mem(RAX, HALF * half), ymm(0));
      }
      a.add(RAX, Field.TO_ROW.in(FRAME));
    }
  }
}
