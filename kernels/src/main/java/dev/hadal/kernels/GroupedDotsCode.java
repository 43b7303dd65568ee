package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.zmm;

import dev.hadal.assembler.Address;
import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.Label;
import dev.hadal.assembler.Zmm;

/**
 * {@link GroupedCode} of AVX-512 with VNNI, for one to eight rows.
 *
 * <p>{@code vpdpbusd} multiplies the four unsigned bytes of each of sixteen outputs by four signed
 * ones of a row, which memory spreads to all lanes, and adds them in 32 bits: one instruction for
 * 64 products, exact for whatever they are. Signed weights become unsigned ones by adding 128;
 * that, and what nibbles are too large by, comes off before a group begins, with the sum of the
 * row's codes from {@link GroupedRowCode}.
 */
final class GroupedDotsCode extends GroupedCode {
  /** The most rows. */
  static final int MOST = 8;

  private static final int UNSIGNED = 128;

  private static final Zmm LOW = zmm(16);
  private static final Zmm HIGH = zmm(17);
  private static final Zmm SCALES = zmm(18);
  private static final Zmm OFFSETS = zmm(19);
  private static final Zmm SCALE = zmm(20);

  /** Of nibbles: ones in the lower half of each byte; of bytes what makes them unsigned. */
  private static final Zmm MASK = zmm(21);

  /** The values of nibbles that do not rise by one, as unsigned bytes. */
  private static final Zmm VALUES = zmm(22);

  GroupedDotsCode(GroupedPanels.Form form, int rows) {
    super(form, rows, MOST);
  }

  /** What is added to all codes as they are multiplied. */
  static int first(GroupedPanels.Form form) {
    return form.code() instanceof GroupedWeights.Nibbles nibbles && rises(nibbles)
        ? nibbles.values().getFirst()
        : -UNSIGNED;
  }

  @Override
  void loadConstants(Assembler a, Label constants) {
    a.vmovups(MASK, mem(constants));
    a.vmovups(VALUES, mem(constants).plus(LINE));
  }

  @Override
  void placeConstants(Assembler a) {
    int[] mask = GroupedRowCode.repeated(form.nibbles() ? 0x0F0F0F0F : 0x80808080);
    a.data(mask);
    a.data(mask);
    byte[] values =
        form.code() instanceof GroupedWeights.Nibbles nibbles
            ? values(nibbles, UNSIGNED)
            : new byte[16];
    for (int i = 0; i < 4; i++) {
      a.data(values);
    }
  }

  @Override
  int leftBytes() {
    return form.group();
  }

  @Override
  int rowNumberBytes() {
    return GroupedRowCode.groupBytes(MOST);
  }

  /** The sums of a panel. */
  private static Zmm sum(int row) {
    return zmm(row);
  }

  /** The sums of a group. */
  private static Zmm products(int row) {
    return zmm(MOST + row);
  }

  @Override
  void zero(Assembler a) {
    for (int row = 0; row < rows; row++) {
      a.vpxord(sum(row), sum(row), sum(row));
    }
  }

  @Override
  void store(Assembler a, int row, Address to) {
    a.vmovups(to, sum(row));
  }

  /** The numbers of the rows of a kind: scales, corrections, sums of codes. */
  private static Address number(int kind, int row) {
    return mem(ROW_NUMBERS, 4 * (kind * MOST + row));
  }

  @Override
  void group(Assembler a, Label constants) {
    for (int row = 0; row < rows; row++) {
      if (first(form) == 0) {
        a.vpxord(products(row), products(row), products(row));
      } else {
        a.vpbroadcastd(products(row), number(1, row));
      }
    }
    for (int line = 0; line < lines(); line++) {
      Address codes = mem(LINES, LINE * line);
      switch (form.code()) {
        case GroupedWeights.Bytes _ -> {
          a.vpxord(LOW, MASK, codes);
          multiply(a, LOW, 4 * line);
        }
        case GroupedWeights.Nibbles nibbles -> {
          a.vmovdqu32(HIGH, codes);
          a.vpandd(LOW, HIGH, MASK);
          a.vpsrlw(HIGH, HIGH, 4);
          a.vpandd(HIGH, HIGH, MASK);
          if (!rises(nibbles)) {
            a.vpshufb(LOW, VALUES, LOW);
            a.vpshufb(HIGH, VALUES, HIGH);
          }
          multiply(a, LOW, 8 * line);
          multiply(a, HIGH, 8 * line + 4);
        }
      }
    }
    promote(a);
  }

  /** Four elements of each output by those of each row. */
  private void multiply(Assembler a, Zmm weights, int element) {
    for (int row = 0; row < rows; row++) {
      a.vpdpbusd(products(row), weights, left(row).plus(element).broadcast());
    }
  }

  /** The sums of a group, with its scales and offsets, to those of the panel. */
  private void promote(Assembler a) {
    readNumbers(a, 0, SCALES);
    if (form.offsets()) {
      readNumbers(a, 1, OFFSETS);
    }
    for (int row = 0; row < rows; row++) {
      a.vcvtdq2ps(products(row), products(row));
      a.vmulps(SCALE, SCALES, number(0, row).broadcast());
      a.vfmadd231ps(sum(row), products(row), SCALE);
      if (form.offsets()) {
        a.vmulps(SCALE, OFFSETS, number(0, row).broadcast());
        a.vfmadd231ps(sum(row), SCALE, number(2, row).broadcast());
      }
    }
  }

  /** A group's sixteen numbers as FP32. */
  private void readNumbers(Assembler a, int kind, Zmm to) {
    int number = GroupedPanels.WIDTH * kind;
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
        a.vcvtph2ps(SCALE, mem(BLOCK, 2 * number));
        a.vmulps(to, to, SCALE);
      }
      default -> throw new IllegalArgumentException("numbers of groups: " + form.scale());
    }
  }
}
