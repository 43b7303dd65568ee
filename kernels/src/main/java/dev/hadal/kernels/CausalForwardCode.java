package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.zmm;
import static dev.hadal.assembler.WriteMask.K1;
import static dev.hadal.assembler.WriteMask.K2;
import static dev.hadal.kernels.BlockCode.BESIDE;
import static dev.hadal.kernels.BlockCode.FRAME;
import static dev.hadal.kernels.BlockCode.OTHER_SPARE;
import static dev.hadal.kernels.BlockCode.SPARE;
import static dev.hadal.kernels.BlockCode.SUMS;
import static dev.hadal.kernels.BlockCode.TILES;
import static dev.hadal.kernels.CausalLayout.BLOCK;
import static dev.hadal.kernels.CausalLayout.LANES;
import static dev.hadal.kernels.CausalLayout.LINE;
import static dev.hadal.kernels.CausalLayout.VECTOR;
import static dev.hadal.kernels.CausalLayout.WORD;

import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Signature;
import dev.hadal.assembler.Zmm;
import dev.hadal.kernels.BlockCode.Tile;
import dev.hadal.kernels.CausalFrame.Field;

/**
 * What 64 queries take from 64 keys, as machine code: the recurrence of {@link CausalAttention}.
 *
 * <p>A tile of scores is four queries by all 64 keys, sixteen registers, so the softmax runs on
 * registers. Its maxima and sums run across lanes: the four rows' vectors are halved together until
 * each row is left with one of the four 128-bit blocks of a register, and there the recurrence is
 * kept, a vector for four queries. Halving adds lanes that are 8, 4, 2 and 1 apart, the order of
 * the 16-lane layout. Probabilities are stored as words along the keys, the left operand of their
 * product with the values; the multiplication by {@code a} is where that product starts.
 *
 * <p>{@code vmaxps} forgets a NaN that {@code Math.max} keeps. It does not show: a score of NaN
 * makes its own probability NaN, and that the row's sum and all its outputs.
 *
 * @param layout sizes
 * @param diagonal whether queries and keys are the same positions: later keys are masked
 */
record CausalForwardCode(CausalLayout layout, boolean diagonal) {
  /** Takes the address of a {@link CausalFrame}. */
  static final Signature SIGNATURE = Signature.ofLongs(1);

  /** Bytes of each row's share of a state: a block of four lanes, all alike. */
  static final int STATE_ROW = 16;

  /** Where the state's maxima begin. */
  static final int MAXIMUM = 0;

  /** Where its sums begin. */
  static final int SUM = BLOCK * STATE_ROW;

  /** Where the factors begin by which earlier sums shrink. */
  static final int SHRINK = 2 * BLOCK * STATE_ROW;

  /** Bytes of a state. */
  static final int STATE = 3 * BLOCK * STATE_ROW;

  /** Keys' vectors in a row of scores. */
  private static final int VECTORS = BLOCK / LANES;

  private static final int ROWS = 4;
  private static final int UPPER_HALVES = 0xEE;
  private static final int LOWER_HALVES = 0x44;
  private static final int EVEN_BLOCKS = 0x88;
  private static final int ODD_BLOCKS = 0xDD;
  private static final int OTHER_PAIR = 0x4E;
  private static final int OTHER_LANE = 0xB1;

  private static final Zmm SCALE = zmm(31);

  /** Joins two registers' lanes. */
  @FunctionalInterface
  private interface Join {
    void write(Zmm d, Zmm x, Zmm y);
  }

  /** The code. */
  MachineCode assemble() {
    Assembler a = new Assembler();
    ExpCode exp = new ExpCode(a, constants(BlockCode.FREE, 9));
    OperandCode operands = new OperandCode(a);
    BlockCode block = new BlockCode(a, layout.kind());
    exp.loadConstants();
    a.vbroadcastss(SCALE, Field.SCALE.in(FRAME));
    block.multiply(
        new BlockCode.Left(Field.QUERIES, 0, layout.row(layout.key()), WORD),
        new BlockCode.Right(Field.KEYS, LINE),
        new BlockCode.Rows(Field.SCORES, layout.row(BLOCK)),
        new BlockCode.Rows(Field.STATE, STATE_ROW),
        layout.words(layout.key()),
        VECTORS,
        block::zero,
        tile -> softmax(a, exp, operands, tile));
    block.multiply(
        new BlockCode.Left(Field.SCORES, 0, layout.row(BLOCK), WORD),
        new BlockCode.Right(Field.VALUES, layout.line(layout.value())),
        new BlockCode.Rows(Field.OUT, layout.line(layout.value())),
        new BlockCode.Rows(Field.STATE, STATE_ROW),
        layout.blockWords(),
        layout.vectors(layout.value()),
        tile -> shrunken(a, operands, tile),
        block::store);
    a.vzeroupper();
    a.ret();
    exp.table();
    operands.table();
    return a.finish();
  }

  /** Registers from a number on. */
  static Zmm[] constants(int first, int count) {
    Zmm[] registers = new Zmm[count];
    for (int i = 0; i < count; i++) {
      registers[i] = zmm(first + i);
    }
    return registers;
  }

  private void softmax(Assembler a, ExpCode exp, OperandCode operands, Tile tile) {
    Zmm[] rows = {zmm(16), zmm(17), zmm(18), zmm(19)};
    Zmm maximum = zmm(16);
    Zmm own = zmm(17);
    Zmm scratch = zmm(20);
    ExpCode.Scratch temporary = new ExpCode.Scratch(zmm(18), zmm(19), zmm(20), K2);

    for (int row = 0; row < ROWS; row++) {
      visible(a, row);
      highest(a, operands, tile, row, rows[row]);
    }
    halve(a, rows, zmm(20), zmm(21), a::vmaxps);
    a.vmovups(scratch, mem(BESIDE, MAXIMUM));
    a.vmaxps(maximum, scratch, maximum);
    a.vmovups(mem(BESIDE, MAXIMUM), maximum);
    a.vsubps(own, scratch, maximum);
    exp.exp(own, own, temporary);
    a.vmovups(mem(BESIDE, SHRINK), own);
    for (int row = 0; row < ROWS; row++) {
      visible(a, row);
      a.vshuff32x4(own, maximum, maximum, 0x55 * row);
      for (int v = 0; v < VECTORS; v++) {
        Zmm score = tile.sum(row, v);
        a.vsubps(score, score, own);
        exp.exp(score, score, temporary);
        if (diagonal) {
          mask(a, v);
          a.vmovups(score.zeroing(K2), score);
        }
      }
    }
    for (int row = 0; row < ROWS; row++) {
      a.vaddps(rows[row], tile.sum(row, 0), tile.sum(row, 1));
      a.vaddps(rows[row], rows[row], tile.sum(row, 2));
      a.vaddps(rows[row], rows[row], tile.sum(row, 3));
    }
    halve(a, rows, zmm(20), zmm(21), a::vaddps);
    a.vmovups(scratch, mem(BESIDE, SUM));
    a.vfmadd132ps(scratch, rows[0], mem(BESIDE, SHRINK));
    a.vmovups(mem(BESIDE, SUM), scratch);
    for (int row = 0; row < ROWS; row++) {
      probabilities(a, operands, tile, row);
    }
  }

  /** K1 = the keys that a query sees, where some are masked. */
  private void visible(Assembler a, int row) {
    if (diagonal) {
      firstKeys(a, row);
    }
  }

  /** K1 = one bit for each key up to the tile's query. */
  static void firstKeys(Assembler a, int row) {
    a.mov(SPARE, TILES);
    a.shl(SPARE, 2);
    a.neg(SPARE);
    a.add(SPARE, BLOCK + row + 1);
    a.mov(OTHER_SPARE, -1L);
    a.bzhi(OTHER_SPARE, OTHER_SPARE, SPARE);
    a.kmovq(K1, OTHER_SPARE);
  }

  /** K2 = a vector's share of K1. */
  static void mask(Assembler a, int vector) {
    a.kshiftrq(K2, K1, LANES * vector);
  }

  /** The scaled scores, and the highest of each lane. */
  private void highest(Assembler a, OperandCode operands, Tile tile, int row, Zmm highest) {
    for (int v = 0; v < VECTORS; v++) {
      Zmm score = tile.sum(row, v);
      a.vmulps(score, score, SCALE);
      if (diagonal) {
        mask(a, v);
        if (v == 0) {
          operands.lowest(highest);
        }
        a.vmaxps(highest.merging(K2), highest, score);
      } else if (v == 0) {
        a.vmovups(highest, score);
      } else {
        a.vmaxps(highest, highest, score);
      }
    }
  }

  /** Four rows become one register, the first, with a row in each block. */
  private static void halve(Assembler a, Zmm[] rows, Zmm x, Zmm y, Join join) {
    for (int pair = 0; pair < ROWS; pair += 2) {
      a.vshuff32x4(x, rows[pair], rows[pair + 1], LOWER_HALVES);
      a.vshuff32x4(y, rows[pair], rows[pair + 1], UPPER_HALVES);
      join.write(rows[pair], x, y);
    }
    a.vshuff32x4(x, rows[0], rows[2], EVEN_BLOCKS);
    a.vshuff32x4(y, rows[0], rows[2], ODD_BLOCKS);
    join.write(rows[0], x, y);
    a.vpermilps(x, rows[0], OTHER_PAIR);
    join.write(rows[0], rows[0], x);
    a.vpermilps(x, rows[0], OTHER_LANE);
    join.write(rows[0], rows[0], x);
  }

  /** Stores a row as operands. */
  private void probabilities(Assembler a, OperandCode operands, Tile tile, int row) {
    int offset = layout.row(BLOCK) * row;
    if (layout.kind() == OperandKind.DENSE) {
      for (int v = 0; v < VECTORS; v++) {
        a.vmovups(mem(SUMS, offset + VECTOR * v), tile.sum(row, v));
      }
      return;
    }
    for (int half = 0; half < VECTORS / 2; half++) {
      Zmm words = tile.sum(row, 2 * half);
      operands.roundPositive(words, words, tile.sum(row, 2 * half + 1), K1);
      a.vmovups(mem(SUMS, offset + VECTOR * half), words);
    }
  }

  /** Sums start as a times what they were; see {@link CausalAttention} for what counts as zero. */
  private void shrunken(Assembler a, OperandCode operands, Tile tile) {
    Zmm factor = zmm(30);
    Zmm magnitude = zmm(31);
    for (int row = 0; row < tile.rows(); row++) {
      a.vbroadcastss(factor, mem(BESIDE, SHRINK + STATE_ROW * row));
      for (int v = 0; v < tile.vectors(); v++) {
        Zmm sum = tile.sum(row, v);
        a.vmulps(sum, factor, tile.memory(row, v));
        if (layout.kind() == OperandKind.BFLOAT) {
          operands.start(sum, magnitude, K1);
        }
      }
    }
  }
}
