package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.zmm;
import static dev.hadal.assembler.Register32.EAX;
import static dev.hadal.assembler.Register64.R10;
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
import static dev.hadal.assembler.WriteMask.K1;
import static dev.hadal.assembler.WriteMask.K2;
import static dev.hadal.assembler.WriteMask.K3;
import static dev.hadal.kernels.FewRowsFrame.Field;

import dev.hadal.assembler.Address;
import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.Broadcast;
import dev.hadal.assembler.FloatComparison;
import dev.hadal.assembler.Label;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Register64;
import dev.hadal.assembler.Signature;
import dev.hadal.assembler.WriteMask;
import dev.hadal.assembler.Zmm;

/**
 * One to eight rows times packed panels as machine code, for decoding: C [rows, 32] of each panel =
 * A [rows, K] times the panel.
 *
 * <p>A decoding model reads every weight once for each token, so nothing counts but how fast panels
 * come from memory. The processor's prefetcher follows a stream, but only to the end of its page of
 * 4 KiB; where that is too short, the code asks itself for what lies further ahead. And it must
 * never make the loads wait for its arithmetic: E4M3 codes become BF16 pairs in registers, by the
 * tables of {@link PairTables}, with no buffer in between. Panels are read as one stream: two of
 * them, to have twice as many chains of additions, halve what some processors read.
 *
 * <p>Rows of A are read where they lie, an element or pair at a time, spread to all lanes. The
 * order of additions is {@link ProductCode}'s: that which {@link Matrix} states.
 *
 * @param kind what the panels' words are; the rows of TILED: BF16 pairs
 * @param rows of A, 1 to {@value #MOST}
 * @param ahead how far ahead memory is asked for, in bytes; 0: not at all
 */
record FewRowsCode(OperandKind kind, int rows, int ahead) {
  /** The most rows. */
  static final int MOST = 8;

  /** Takes the address of a {@link FewRowsFrame}. */
  static final Signature SIGNATURE = Signature.ofLongs(1);

  private static final int VECTOR = 64;
  private static final int STEP = 2 * VECTOR;
  private static final int UNROLLED = 4;
  private static final int GROUP_WORDS = Matrix.Tiled.GROUP / 4;
  private static final int SCALES = 4 * MOST;

  private static final Register64 FRAME = RDI;
  private static final Register64 LEFT = RSI;
  private static final Register64 LEFT_3 = R8;
  private static final Register64 LEFT_6 = R9;
  private static final Register64 LEFT_ROW = R10;
  private static final Register64 RIGHT = RDX;
  private static final Register64 WORDS = RCX;
  private static final Register64 TO = R14;
  private static final Register64 TO_ROW = R13;
  private static final Register64 LEFT_SCALES = R12;
  private static final Register64 RIGHT_SCALES = RBX;
  private static final Register64[] SAVED = {RBX, R12, R13, R14};

  private static final Zmm VALUES = zmm(20);
  private static final Zmm SCALE = zmm(20);
  private static final Zmm PAIRS = zmm(21);
  private static final Zmm LOW = zmm(22);
  private static final Zmm HIGH = zmm(23);

  /** Checks the sizes. */
  FewRowsCode {
    if (rows < 1 || rows > MOST) {
      throw new IllegalArgumentException("rows: expected 1 to %d, found %d".formatted(MOST, rows));
    }
  }

  /** The code. */
  MachineCode assemble() {
    Assembler a = new Assembler();
    PairTables tables = new PairTables(a, 24, PairTables.Order.OF_WORDS);
    for (Register64 register : SAVED) {
      a.push(register);
    }
    a.mov(RAX, Field.COLUMNS.in(FRAME));
    a.kmovw(K1, EAX);
    a.shr(EAX, 16);
    a.kmovw(K2, EAX);
    a.mov(LEFT_ROW, Field.LEFT_ROW.in(FRAME));
    a.mov(TO, Field.TO.in(FRAME));
    a.mov(TO_ROW, Field.TO_ROW.in(FRAME));
    a.mov(RIGHT, Field.RIGHT.in(FRAME));
    if (kind == OperandKind.TILED) {
      a.mov(RIGHT_SCALES, Field.RIGHT_SCALES.in(FRAME));
      tables.load();
    }
    Label next = a.here();
    a.mov(LEFT, Field.LEFT.in(FRAME));
    if (rows > 3) {
      a.lea(LEFT_3, mem(LEFT, LEFT_ROW, BY_2));
      a.add(LEFT_3, LEFT_ROW);
    }
    if (rows > 6) {
      a.lea(LEFT_6, mem(LEFT_3, LEFT_ROW, BY_2));
      a.add(LEFT_6, LEFT_ROW);
    }
    a.mov(WORDS, Field.WORDS.in(FRAME));
    load(a);
    if (kind == OperandKind.TILED) {
      store(a);
      groups(a, tables);
    } else {
      steps(a, WORDS, tables);
      store(a);
    }
    a.add(TO, STEP);
    a.mov(RAX, Field.PANELS.in(FRAME));
    a.sub(RAX, 1);
    a.mov(Field.PANELS.in(FRAME), RAX);
    a.jnz(next);
    for (int i = SAVED.length - 1; i >= 0; i--) {
      a.pop(SAVED[i]);
    }
    a.vzeroupper();
    a.ret();
    if (kind == OperandKind.TILED) {
      tables.place();
    }
    return a.finish();
  }

  private static Zmm sum(int row, int half) {
    return zmm(row * 2 + half);
  }

  private static WriteMask columns(int half) {
    return half == 0 ? K1 : K2;
  }

  private static Address left(int row) {
    Register64 base = row < 3 ? LEFT : row < 6 ? LEFT_3 : LEFT_6;
    return switch (row % 3) {
      case 0 -> mem(base);
      case 1 -> mem(base, LEFT_ROW, BY_1);
      default -> mem(base, LEFT_ROW, BY_2);
    };
  }

  /** The sums to begin with; those of BF16 products that could become subnormal as zero. */
  private void load(Assembler a) {
    a.mov(RAX, Field.FROM.in(FRAME));
    for (int row = 0; row < rows; row++) {
      for (int half = 0; half < 2; half++) {
        a.vmovups(sum(row, half).zeroing(columns(half)), mem(RAX, VECTOR * half));
      }
      a.add(RAX, Field.FROM_ROW.in(FRAME));
    }
    a.mov(RAX, Field.FROM.in(FRAME));
    a.add(RAX, Field.FROM_PANEL.in(FRAME));
    a.mov(Field.FROM.in(FRAME), RAX);
    if (kind == OperandKind.BFLOAT) {
      roundStarts(a);
    }
  }

  private void roundStarts(Assembler a) {
    a.mov(EAX, Float.floatToRawIntBits(ReferenceMatMul.SMALLEST_START));
    a.vpbroadcastd(LOW, EAX);
    a.mov(EAX, Integer.MAX_VALUE);
    a.vpbroadcastd(HIGH, EAX);
    for (int i = 0; i < 2 * rows; i++) {
      a.vpandd(PAIRS, zmm(i), HIGH);
      a.vcmpps(K3, PAIRS, LOW, FloatComparison.LESS);
      a.vpxord(zmm(i).merging(K3), zmm(i), zmm(i));
    }
  }

  private void store(Assembler a) {
    a.mov(RAX, TO);
    for (int row = 0; row < rows; row++) {
      for (int half = 0; half < 2; half++) {
        a.vmovups(mem(RAX, VECTOR * half).merging(columns(half)), sum(row, half));
      }
      a.add(RAX, TO_ROW);
    }
  }

  /** As many steps as the register says, which ends as 0. */
  private void steps(Assembler a, Register64 count, PairTables tables) {
    Label few = a.label();
    Label end = a.label();
    a.sub(count, UNROLLED);
    a.jb(few);
    a.align(32);
    Label many = a.here();
    for (int k = 0; k < UNROLLED; k++) {
      step(a, k, tables);
    }
    advance(a, STEP * UNROLLED, leftStep() * UNROLLED);
    a.sub(count, UNROLLED);
    a.jae(many);
    a.bind(few);
    a.add(count, UNROLLED);
    a.jz(end);
    Label one = a.here();
    step(a, 0, tables);
    advance(a, STEP, leftStep());
    a.sub(count, 1);
    a.jnz(one);
    a.bind(end);
  }

  /** Bytes of a row of A that a step takes. */
  private int leftStep() {
    return kind == OperandKind.TILED ? 8 : 4;
  }

  private void advance(Assembler a, int right, int left) {
    a.add(RIGHT, right);
    a.add(LEFT, left);
    if (rows > 3) {
      a.add(LEFT_3, left);
    }
    if (rows > 6) {
      a.add(LEFT_6, left);
    }
  }

  private void step(Assembler a, int k, PairTables tables) {
    int from = leftStep() * k;
    for (int half = 0; half < 2; half++) {
      int at = STEP * k + VECTOR * half;
      if (ahead > 0) {
        a.prefetcht0(mem(RIGHT, at + ahead));
      }
      a.vmovups(VALUES, mem(RIGHT, at));
      if (kind == OperandKind.TILED) {
        tables.toPairs(VALUES, LOW, HIGH, PAIRS);
      }
      for (int row = 0; row < rows; row++) {
        Zmm sum = sum(row, half);
        Broadcast left = left(row).plus(from).broadcast();
        switch (kind) {
          case DENSE -> a.vfmadd231ps(sum, VALUES, left);
          case BFLOAT -> a.vdpbf16ps(sum, VALUES, left);
          case TILED -> a.vdpbf16ps(sum, PAIRS, left);
        }
      }
      for (int row = 0; kind == OperandKind.TILED && row < rows; row++) {
        a.vdpbf16ps(sum(row, half), LOW, left(row).plus(from + 4).broadcast());
      }
    }
  }

  /** Group by group: the sums so far wait in TO. */
  private void groups(Assembler a, PairTables tables) {
    a.mov(LEFT_SCALES, Field.LEFT_SCALES.in(FRAME));
    Label next = a.here();
    Label ready = a.label();
    a.mov(RAX, (long) GROUP_WORDS);
    a.cmp(WORDS, GROUP_WORDS);
    a.jae(ready);
    a.mov(RAX, WORDS);
    a.bind(ready);
    a.sub(WORDS, RAX);
    for (int i = 0; i < 2 * rows; i++) {
      a.vpxord(zmm(i), zmm(i), zmm(i));
    }
    steps(a, RAX, tables);
    promote(a);
    a.test(WORDS, WORDS);
    a.jnz(next);
  }

  /** TO += sums * (scale of the row * scale of the column), each rounded once. */
  private void promote(Assembler a) {
    a.mov(RAX, TO);
    for (int row = 0; row < rows; row++) {
      for (int half = 0; half < 2; half++) {
        Address to = mem(RAX, VECTOR * half);
        Zmm sum = sum(row, half);
        a.vbroadcastss(SCALE, mem(LEFT_SCALES, 4 * row));
        a.vmulps(SCALE, SCALE, mem(RIGHT_SCALES, VECTOR * half));
        a.vfmadd213ps(sum.zeroing(columns(half)), SCALE, to);
        a.vmovups(to.merging(columns(half)), sum);
      }
      a.add(RAX, TO_ROW);
    }
    a.add(LEFT_SCALES, SCALES);
    a.add(RIGHT_SCALES, STEP);
  }
}
