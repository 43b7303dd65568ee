package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Register64.R10;
import static dev.hadal.assembler.Register64.R11;
import static dev.hadal.assembler.Register64.R12;
import static dev.hadal.assembler.Register64.R13;
import static dev.hadal.assembler.Register64.R14;
import static dev.hadal.assembler.Register64.R15;
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
import dev.hadal.kernels.GroupedFrame.Field;

/**
 * Some rows of {@link Matrix.Integers} times {@link GroupedPanels} as machine code: C [rows, 16] of
 * each panel. This is how a panel is walked, from front to back, block by block and group by group;
 * what is done with a group is a subclass's.
 */
abstract class GroupedCode {
  /** Takes the address of a {@link GroupedFrame}. */
  static final Signature SIGNATURE = Signature.ofLongs(1);

  static final int LINE = GroupedPanels.LINE;

  static final Register64 FRAME = RDI;

  /** The block's numbers, its outer ones first. */
  static final Register64 BLOCK = RDX;

  /** The group's codes. */
  static final Register64 LINES = RCX;

  /** The rows' numbers of the group. */
  static final Register64 ROW_NUMBERS = R10;

  /** The weights' numbers of the group. */
  static final Register64 GROUP_NUMBERS = R11;

  /** Sums that wait, for code that has not the registers for them. */
  static final Register64 SUMS = R12;

  private static final Register64 LEFT = RSI;
  private static final Register64 LEFT_ROW = R8;
  private static final Register64 LEFT_3 = R9;
  private static final Register64 LEFT_6 = R15;
  private static final Register64 ELEMENTS = RBX;
  private static final Register64 GROUPS = R13;
  private static final Register64 TO = R14;
  private static final Register64[] SAVED = {RBX, R12, R13, R14, R15};

  final GroupedPanels.Form form;
  final int rows;

  /**
   * Code for some rows.
   *
   * @param most rows that there can be
   */
  GroupedCode(GroupedPanels.Form form, int rows, int most) {
    if (rows < 1 || rows > most) {
      throw new IllegalArgumentException("rows: expected 1 to %d, found %d".formatted(most, rows));
    }
    this.form = form;
    this.rows = rows;
  }

  /** Whether codes of nibbles stand for values that rise by one. */
  static boolean rises(GroupedWeights.Nibbles nibbles) {
    for (int i = 1; i < nibbles.values().size(); i++) {
      if (nibbles.values().get(i) != nibbles.values().get(0) + i) {
        return false;
      }
    }
    return true;
  }

  /** Reads constants into registers that nothing else uses. */
  abstract void loadConstants(Assembler a, Label constants);

  /** Sums of a panel begin. */
  abstract void zero(Assembler a);

  /** Adds the products of a group of {@link #LINES} and {@link #left}. */
  abstract void group(Assembler a, Label constants);

  /** Writes a row's sums to this address. */
  abstract void store(Assembler a, int row, Address to);

  /** Puts constants where the code never runs. */
  abstract void placeConstants(Assembler a);

  /** Bytes of a row that a group takes. */
  abstract int leftBytes();

  /** Bytes of the rows' numbers of a group. */
  abstract int rowNumberBytes();

  /** The code. */
  final MachineCode assemble() {
    Assembler a = new Assembler();
    Label constants = a.label();
    for (Register64 register : SAVED) {
      a.push(register);
    }
    loadConstants(a, constants);
    a.mov(BLOCK, Field.PANEL.in(FRAME));
    a.mov(SUMS, Field.SUMS.in(FRAME));
    a.mov(TO, Field.TO.in(FRAME));
    a.mov(LEFT_ROW, Field.LEFT_ROW.in(FRAME));
    Label panel = a.here();
    startRows(a);
    a.mov(ROW_NUMBERS, Field.NUMBERS.in(FRAME));
    a.mov(ELEMENTS, Field.DEPTH.in(FRAME));
    zero(a);
    Label block = a.here();
    startBlock(a);
    a.align(32);
    Label group = a.here();
    group(a, constants);
    nextGroup(a);
    a.dec(GROUPS);
    a.jnz(group);
    a.mov(BLOCK, LINES);
    a.test(ELEMENTS, ELEMENTS);
    a.jnz(block);
    a.mov(RAX, TO);
    for (int row = 0; row < rows; row++) {
      store(a, row, mem(RAX));
      a.add(RAX, Field.TO_ROW.in(FRAME));
    }
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
    a.align(LINE);
    a.bind(constants);
    placeConstants(a);
    return a.finish();
  }

  private void startRows(Assembler a) {
    a.mov(LEFT, Field.LEFT.in(FRAME));
    if (rows > 3) {
      a.lea(LEFT_3, mem(LEFT, LEFT_ROW, BY_2));
      a.add(LEFT_3, LEFT_ROW);
    }
    if (rows > 6) {
      a.lea(LEFT_6, mem(LEFT_3, LEFT_ROW, BY_2));
      a.add(LEFT_6, LEFT_ROW);
    }
  }

  /** The codes, or pairs, of a row in the group. */
  static Address left(int row) {
    Register64 base = row < 3 ? LEFT : row < 6 ? LEFT_3 : LEFT_6;
    return switch (row % 3) {
      case 0 -> mem(base);
      case 1 -> mem(base, LEFT_ROW, BY_1);
      default -> mem(base, LEFT_ROW, BY_2);
    };
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
    a.lea(GROUP_NUMBERS, mem(BLOCK, form.nested() ? 2 * GroupedPanels.WIDTH * form.kinds() : 0));
  }

  /** Lines of a group. */
  final int lines() {
    return form.group() / form.wordElements();
  }

  private void nextGroup(Assembler a) {
    a.add(LINES, LINE * lines());
    a.add(LEFT, leftBytes());
    if (rows > 3) {
      a.add(LEFT_3, leftBytes());
    }
    if (rows > 6) {
      a.add(LEFT_6, leftBytes());
    }
    a.add(ROW_NUMBERS, rowNumberBytes());
    a.add(GROUP_NUMBERS, form.kinds() * GroupedPanels.WIDTH * form.scale().bytes());
  }

  /** The sixteen values of nibbles, each with something added, as bytes. */
  static byte[] values(GroupedWeights.Nibbles nibbles, int added) {
    byte[] values = new byte[16];
    for (int i = 0; i < values.length; i++) {
      values[i] = (byte) (nibbles.values().get(i) + added);
    }
    return values;
  }
}
