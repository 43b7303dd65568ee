package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.zmm;
import static dev.hadal.assembler.Register32.EAX;
import static dev.hadal.assembler.Register64.R10;
import static dev.hadal.assembler.Register64.R11;
import static dev.hadal.assembler.Register64.R8;
import static dev.hadal.assembler.Register64.R9;
import static dev.hadal.assembler.Register64.RAX;
import static dev.hadal.assembler.Register64.RCX;
import static dev.hadal.assembler.Register64.RDI;
import static dev.hadal.assembler.Register64.RDX;
import static dev.hadal.assembler.Register64.RSI;
import static dev.hadal.assembler.WriteMask.K1;
import static dev.hadal.assembler.WriteMask.K2;
import static dev.hadal.kernels.ProductFrame.Field;

import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.Condition;
import dev.hadal.assembler.Label;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Register64;
import dev.hadal.assembler.Signature;
import dev.hadal.assembler.Zmm;

/**
 * Tiles of a product as machine code: for each C [rows, 32] += A [rows, steps] B [steps, 32], with
 * the same B.
 *
 * <p>A step is one 32-bit word of every row and of every column: an FP32 element, or a BF16 pair.
 * The sums of a row are two registers, those of the tallest tile 28 of the 32. A step loads the two
 * vectors of B, then broadcasts one word of A after the other into two registers in turn and
 * multiplies: 16 loads for 28 multiplications, of which the processor starts two a cycle each, so
 * loads never are what it waits for. Embedded broadcasts would save 14 instructions and cost 12
 * more loads.
 *
 * <p>FP32 multiplies with {@code vfmadd231ps}, BF16 with {@code vdpbf16ps}, which adds the odd
 * element's product first, each rounded once: the order of additions that {@link Matrix} states. It
 * takes subnormal numbers as zero, which never shows, because {@link Quantizer#toBFloat16} leaves
 * no operand below 2^-50. E4M3 codes come as BF16 pairs, exact, in groups of 64 pairs, whose sums
 * are scaled and added to the rest in FP32.
 *
 * <p>All multiplications of a tile are independent of each other but for the chain of each sum: 28
 * chains hide the latency of four to six cycles.
 *
 * @param kind what the words are; TILED: pairs, in groups with scales
 * @param rows of the tile, 1 to {@value #TALLEST}
 */
record ProductCode(OperandKind kind, int rows) {
  /** Rows of the tallest tile. */
  static final int TALLEST = 14;

  /** Columns of a tile, two vectors. */
  static final int COLUMNS = 32;

  /** Takes the address of a {@link ProductFrame}. */
  static final Signature SIGNATURE = Signature.ofLongs(1);

  private static final int VECTOR = 64;
  private static final int RIGHT_STEP = 2 * VECTOR;
  private static final int UNROLLED = 4;
  private static final int GROUP_STEPS = Matrix.Tiled.GROUP / 2;

  private static final Register64 FRAME = RDI;
  private static final Register64 LEFT = RSI;
  private static final Register64 RIGHT = RDX;
  private static final Register64 STEPS = RCX;
  private static final Register64 FROM = R8;
  private static final Register64 FROM_STRIDE = R9;
  private static final Register64 TO = R10;
  private static final Register64 TO_STRIDE = R11;

  private static final Zmm FIRST = zmm(28);
  private static final Zmm SECOND = zmm(29);
  private static final Zmm EVEN = zmm(30);
  private static final Zmm ODD = zmm(31);

  /** Checks the rows. */
  ProductCode {
    if (rows < 1 || rows > TALLEST) {
      throw new IllegalArgumentException("rows: expected 1 to " + TALLEST + ", found " + rows);
    }
  }

  /** The code. */
  MachineCode assemble() {
    Assembler a = new Assembler();
    a.mov(RAX, Field.COLUMNS.in(FRAME));
    a.kmovw(K1, EAX);
    a.shr(EAX, 16);
    a.kmovw(K2, EAX);
    Label tile = a.here();
    a.mov(LEFT, Field.LEFT.in(FRAME));
    a.mov(RIGHT, Field.RIGHT.in(FRAME));
    a.mov(STEPS, Field.STEPS.in(FRAME));
    if (kind == OperandKind.TILED) {
      groups(a);
    } else {
      a.mov(FROM, Field.FROM.in(FRAME));
      a.mov(FROM_STRIDE, Field.FROM_STRIDE.in(FRAME));
      load(a);
      steps(a, STEPS);
      store(a);
    }
    next(a, Field.LEFT, Field.LEFT_TILE);
    next(a, Field.FROM, Field.FROM_TILE);
    next(a, Field.TO, Field.TO_TILE);
    a.mov(RAX, Field.TILES.in(FRAME));
    a.sub(RAX, 1);
    a.mov(Field.TILES.in(FRAME), RAX);
    a.jnz(tile);
    a.vzeroupper();
    a.ret();
    return a.finish();
  }

  private static Zmm sum(int row, int half) {
    return zmm(2 * row + half);
  }

  private static void next(Assembler a, Field place, Field distance) {
    a.mov(RAX, place.in(FRAME));
    a.add(RAX, distance.in(FRAME));
    a.mov(place.in(FRAME), RAX);
  }

  private static void copy(Assembler a, Field from, Field to) {
    a.mov(RAX, from.in(FRAME));
    a.mov(to.in(FRAME), RAX);
  }

  private void load(Assembler a) {
    for (int row = 0; row < rows; row++) {
      a.vmovups(sum(row, 0).zeroing(K1), mem(FROM));
      a.vmovups(sum(row, 1).zeroing(K2), mem(FROM, VECTOR));
      a.add(FROM, FROM_STRIDE);
    }
  }

  private void store(Assembler a) {
    a.mov(TO, Field.TO.in(FRAME));
    a.mov(TO_STRIDE, Field.TO_STRIDE.in(FRAME));
    for (int row = 0; row < rows; row++) {
      a.vmovups(mem(TO).merging(K1), sum(row, 0));
      a.vmovups(mem(TO, VECTOR).merging(K2), sum(row, 1));
      a.add(TO, TO_STRIDE);
    }
  }

  /** As many steps as the register says, which ends as 0. */
  private void steps(Assembler a, Register64 count) {
    Label few = a.label();
    Label end = a.label();
    a.sub(count, UNROLLED);
    a.jb(few);
    a.align(32);
    Label many = a.here();
    for (int k = 0; k < UNROLLED; k++) {
      step(a, k);
    }
    a.add(LEFT, 4 * rows * UNROLLED);
    a.add(RIGHT, RIGHT_STEP * UNROLLED);
    a.sub(count, UNROLLED);
    a.jae(many);
    a.bind(few);
    a.add(count, UNROLLED);
    a.jz(end);
    Label one = a.here();
    step(a, 0);
    a.add(LEFT, 4 * rows);
    a.add(RIGHT, RIGHT_STEP);
    a.sub(count, 1);
    a.jnz(one);
    a.bind(end);
  }

  private void step(Assembler a, int k) {
    a.vmovups(FIRST, mem(RIGHT, RIGHT_STEP * k));
    a.vmovups(SECOND, mem(RIGHT, RIGHT_STEP * k + VECTOR));
    for (int row = 0; row < rows; row++) {
      Zmm left = row % 2 == 0 ? EVEN : ODD;
      a.vbroadcastss(left, mem(LEFT, 4 * (rows * k + row)));
      multiply(a, sum(row, 0), FIRST, left);
      multiply(a, sum(row, 1), SECOND, left);
    }
  }

  private void multiply(Assembler a, Zmm sum, Zmm right, Zmm left) {
    if (kind == OperandKind.DENSE) {
      a.vfmadd231ps(sum, right, left);
    } else {
      a.vdpbf16ps(sum, right, left);
    }
  }

  /** Group by group: the sums so far wait in TO meanwhile. */
  private void groups(Assembler a) {
    copy(a, Field.FROM, Field.GROUP_FROM);
    copy(a, Field.FROM_STRIDE, Field.GROUP_FROM_STRIDE);
    copy(a, Field.LEFT_SCALES, Field.GROUP_LEFT_SCALES);
    copy(a, Field.RIGHT_SCALES, Field.GROUP_RIGHT_SCALES);
    Label group = a.here();
    for (int row = 0; row < rows; row++) {
      a.vpxord(sum(row, 0), sum(row, 0), sum(row, 0));
      a.vpxord(sum(row, 1), sum(row, 1), sum(row, 1));
    }
    a.mov(R9, (long) GROUP_STEPS);
    a.mov(RAX, STEPS);
    a.cmp(STEPS, GROUP_STEPS);
    a.cmov(Condition.ABOVE, RAX, R9);
    a.sub(STEPS, RAX);
    steps(a, RAX);
    promote(a);
    a.test(STEPS, STEPS);
    a.jnz(group);
    next(a, Field.LEFT_SCALES, Field.LEFT_SCALES_TILE);
  }

  /** TO = sums * (scale of the row * scale of the column) + FROM, each rounded once. */
  private void promote(Assembler a) {
    a.mov(RAX, Field.GROUP_RIGHT_SCALES.in(FRAME));
    a.vmovups(FIRST, mem(RAX));
    a.vmovups(SECOND, mem(RAX, VECTOR));
    a.add(RAX, RIGHT_STEP);
    a.mov(Field.GROUP_RIGHT_SCALES.in(FRAME), RAX);
    a.mov(RAX, Field.GROUP_LEFT_SCALES.in(FRAME));
    a.mov(FROM, Field.GROUP_FROM.in(FRAME));
    a.mov(FROM_STRIDE, Field.GROUP_FROM_STRIDE.in(FRAME));
    for (int row = 0; row < rows; row++) {
      a.vbroadcastss(EVEN, mem(RAX, 4 * row));
      a.vmulps(ODD, FIRST, EVEN);
      a.vfmadd213ps(sum(row, 0).zeroing(K1), ODD, mem(FROM));
      a.vmulps(ODD, SECOND, EVEN);
      a.vfmadd213ps(sum(row, 1).zeroing(K2), ODD, mem(FROM, VECTOR));
      a.add(FROM, FROM_STRIDE);
    }
    store(a);
    a.add(RAX, 4 * rows);
    a.mov(Field.GROUP_LEFT_SCALES.in(FRAME), RAX);
    copy(a, Field.TO, Field.GROUP_FROM);
    a.mov(Field.GROUP_FROM_STRIDE.in(FRAME), TO_STRIDE);
  }
}
