package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.zmm;
import static dev.hadal.assembler.Register32.EAX;
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
import static dev.hadal.assembler.WriteMask.K1;
import static dev.hadal.assembler.WriteMask.K2;
import static dev.hadal.assembler.WriteMask.K3;
import static dev.hadal.kernels.FewRowsFrame.Field;

import dev.hadal.assembler.Address;
import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.Condition;
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
 * <p>A decoding model reads every weight once for each token, so nothing counts but how fast
 * panels come from memory. The processor's prefetcher follows a stream, but only to the end of its
 * page of 4 KiB; so the code asks itself for what lies further ahead than that. And it must never
 * make the loads wait for its arithmetic: E4M3 codes become BF16 pairs in registers, by the tables
 * of {@link PairTables}, with no buffer in between.
 *
 * <p>The order of additions leaves one chain of dependent additions for each column, which with a
 * single row is what the processor waits for; several panels at once are as many more chains.
 *
 * <p>Rows of A are read where they lie, an element or pair at a time, spread to all lanes. The order
 * of additions is {@link ProductCode}'s: that which {@link Matrix} states.
 *
 * @param kind what the panels' words are; the rows of TILED: BF16 pairs
 * @param rows of A, 1 to {@value #MOST}
 * @param panels read at once, 1 to {@value #MOST_PANELS}
 * @param ahead how far ahead memory is asked for, in bytes; 0: not at all
 */
record FewRowsCode(OperandKind kind, int rows, int panels, int ahead) {
  /** The most rows. */
  static final int MOST = 8;

  /** The most panels at once. */
  static final int MOST_PANELS = 3;

  /** Takes the address of a {@link FewRowsFrame}. */
  static final Signature SIGNATURE = Signature.ofVoid(Signature.Kind.LONG);

  private static final int VECTOR = 64;
  private static final int STEP = 2 * VECTOR;
  private static final int UNROLLED = 4;
  private static final int GROUP_WORDS = Matrix.Tiled.GROUP / 4;
  private static final int SCALES = 4 * MOST;
  private static final int MOST_SUMS = 20;

  private static final Register64 FRAME = RDI;
  private static final Register64 LEFT = RSI;
  private static final Register64 LEFT_3 = R8;
  private static final Register64 LEFT_6 = R9;
  private static final Register64 LEFT_ROW = R10;
  private static final Register64 RIGHT = RDX;
  private static final Register64 PANEL = R11;
  private static final Register64 WORDS = RCX;
  private static final Register64 TO = R14;
  private static final Register64 TO_ROW = R13;
  private static final Register64 LEFT_SCALES = R12;
  private static final Register64 RIGHT_SCALES = RBX;
  private static final Register64 SCALES_PANEL = R15;
  private static final Register64[] SAVED = {RBX, R12, R13, R14, R15};

  private static final Zmm VALUES = zmm(20);
  private static final Zmm SCALE = zmm(20);
  private static final Zmm PAIRS = zmm(21);
  private static final Zmm LOW = zmm(22);
  private static final Zmm HIGH = zmm(23);

  /** Checks the sizes. */
  FewRowsCode {
    if (rows < 1 || rows > MOST || panels < 1 || panels > MOST_PANELS) {
      throw new IllegalArgumentException(
          "rows, panels: expected 1 to %d and 1 to %d, found %d and %d"
              .formatted(MOST, MOST_PANELS, rows, panels));
    }
    if (2 * rows * panels > MOST_SUMS) {
      throw new IllegalArgumentException(
          "panels: %d panels of %d rows exceed the registers".formatted(panels, rows));
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
    a.mov(PANEL, Field.RIGHT_PANEL.in(FRAME));
    a.mov(TO, Field.TO.in(FRAME));
    a.mov(TO_ROW, Field.TO_ROW.in(FRAME));
    a.mov(RIGHT, Field.RIGHT.in(FRAME));
    if (kind == OperandKind.TILED) {
      a.mov(RIGHT_SCALES, Field.RIGHT_SCALES.in(FRAME));
      a.mov(SCALES_PANEL, Field.RIGHT_SCALES_PANEL.in(FRAME));
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
    for (int panel = 1; panel < panels; panel++) {
      a.add(RIGHT, PANEL);
      if (kind == OperandKind.TILED) {
        a.add(RIGHT_SCALES, SCALES_PANEL);
      }
    }
    a.add(TO, STEP * panels);
    a.mov(RAX, Field.TIMES.in(FRAME));
    a.sub(RAX, 1);
    a.mov(Field.TIMES.in(FRAME), RAX);
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

  private Zmm sum(int panel, int row, int half) {
    return zmm((panel * rows + row) * 2 + half);
  }

  private static WriteMask columns(int half) {
    return half == 0 ? K1 : K2;
  }

  /** The address that lies {@code panel} panels further on. */
  private static Address ofPanel(Register64 base, Register64 distance, int panel) {
    return switch (panel) {
      case 0 -> mem(base);
      case 1 -> mem(base, distance, BY_1);
      default -> mem(base, distance, BY_2);
    };
  }

  private static Address left(int row) {
    Register64 base = row < 3 ? LEFT : row < 6 ? LEFT_3 : LEFT_6;
    return ofPanel(base, LEFT_ROW, row % 3);
  }

  /** The sums to begin with; those of BF16 products that could become subnormal as zero. */
  private void load(Assembler a) {
    for (int panel = 0; panel < panels; panel++) {
      a.mov(RAX, Field.FROM.in(FRAME));
      for (int row = 0; row < rows; row++) {
        for (int half = 0; half < 2; half++) {
          a.vmovups(sum(panel, row, half).zeroing(columns(half)), mem(RAX, VECTOR * half));
        }
        a.add(RAX, Field.FROM_ROW.in(FRAME));
      }
      a.mov(RAX, Field.FROM.in(FRAME));
      a.add(RAX, Field.FROM_PANEL.in(FRAME));
      a.mov(Field.FROM.in(FRAME), RAX);
    }
    if (kind == OperandKind.BFLOAT) {
      roundStarts(a);
    }
  }

  private void roundStarts(Assembler a) {
    a.mov(EAX, Float.floatToRawIntBits(ReferenceMatMul.SMALLEST_START));
    a.vpbroadcastd(LOW, EAX);
    a.mov(EAX, Integer.MAX_VALUE);
    a.vpbroadcastd(HIGH, EAX);
    for (int i = 0; i < 2 * rows * panels; i++) {
      a.vpandd(PAIRS, zmm(i), HIGH);
      a.vcmpps(K3, PAIRS, LOW, FloatComparison.LESS);
      a.vpxord(zmm(i).merging(K3), zmm(i), zmm(i));
    }
  }

  private void store(Assembler a) {
    a.mov(RAX, TO);
    for (int row = 0; row < rows; row++) {
      for (int panel = 0; panel < panels; panel++) {
        for (int half = 0; half < 2; half++) {
          int at = STEP * panel + VECTOR * half;
          a.vmovups(mem(RAX, at).merging(columns(half)), sum(panel, row, half));
        }
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
    advance(a, UNROLLED);
    a.sub(count, UNROLLED);
    a.jae(many);
    a.bind(few);
    a.add(count, UNROLLED);
    a.jz(end);
    Label one = a.here();
    step(a, 0, tables);
    advance(a, 1);
    a.sub(count, 1);
    a.jnz(one);
    a.bind(end);
  }

  /** Bytes of a row of A that a step takes. */
  private int leftStep() {
    return kind == OperandKind.TILED ? 8 : 4;
  }

  private void advance(Assembler a, int steps) {
    a.add(RIGHT, STEP * steps);
    a.add(LEFT, leftStep() * steps);
    if (rows > 3) {
      a.add(LEFT_3, leftStep() * steps);
    }
    if (rows > 6) {
      a.add(LEFT_6, leftStep() * steps);
    }
  }

  private void step(Assembler a, int k, PairTables tables) {
    for (int panel = 0; panel < panels; panel++) {
      for (int half = 0; half < 2; half++) {
        Address right = ofPanel(RIGHT, PANEL, panel).plus(STEP * k + VECTOR * half);
        if (ahead > 0) {
          a.prefetcht0(right.plus(ahead));
        }
        a.vmovups(VALUES, right);
        if (kind == OperandKind.TILED) {
          tables.toPairs(VALUES, LOW, HIGH, PAIRS);
        }
        for (int row = 0; row < rows; row++) {
          Zmm sum = sum(panel, row, half);
          Address left = left(row).plus(leftStep() * k);
          switch (kind) {
            case DENSE -> a.vfmadd231ps(sum, VALUES, left.broadcast());
            case BFLOAT -> a.vdpbf16ps(sum, VALUES, left.broadcast());
            case TILED -> a.vdpbf16ps(sum, PAIRS, left.broadcast());
          }
        }
        for (int row = 0; kind == OperandKind.TILED && row < rows; row++) {
          a.vdpbf16ps(sum(panel, row, half), LOW, left(row).plus(leftStep() * k + 4).broadcast());
        }
      }
    }
  }

  /** Group by group: the sums so far wait in TO. */
  private void groups(Assembler a, PairTables tables) {
    a.mov(LEFT_SCALES, Field.LEFT_SCALES.in(FRAME));
    Label group = a.here();
    for (int i = 0; i < 2 * rows * panels; i++) {
      a.vpxord(zmm(i), zmm(i), zmm(i));
    }
    Label whole = a.label();
    Label ready = a.label();
    a.cmp(WORDS, GROUP_WORDS);
    a.jae(whole);
    a.mov(RAX, WORDS);
    a.jmp(ready);
    a.bind(whole);
    a.mov(RAX, (long) GROUP_WORDS);
    a.bind(ready);
    a.sub(WORDS, RAX);
    steps(a, RAX, tables);
    promote(a);
    a.test(WORDS, WORDS);
    a.jump(Condition.NOT_EQUAL, group);
  }

  /** TO += sums * (scale of the row * scale of the column), each rounded once. */
  private void promote(Assembler a) {
    a.mov(RAX, TO);
    for (int row = 0; row < rows; row++) {
      for (int panel = 0; panel < panels; panel++) {
        for (int half = 0; half < 2; half++) {
          Zmm sum = sum(panel, row, half);
          Address scales = ofPanel(RIGHT_SCALES, SCALES_PANEL, panel).plus(VECTOR * half);
          Address to = mem(RAX, STEP * panel + VECTOR * half);
          a.vbroadcastss(SCALE, mem(LEFT_SCALES, 4 * row));
          a.vmulps(SCALE, SCALE, scales);
          a.vfmadd213ps(sum.zeroing(columns(half)), SCALE, to);
          a.vmovups(to.merging(columns(half)), sum);
        }
      }
      a.add(RAX, TO_ROW);
    }
    a.add(LEFT_SCALES, SCALES);
    a.add(RIGHT_SCALES, STEP);
  }
}
