package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.zmm;
import static dev.hadal.assembler.WriteMask.K2;
import static dev.hadal.assembler.WriteMask.K3;
import static dev.hadal.kernels.BlockCode.BESIDE;
import static dev.hadal.kernels.BlockCode.FRAME;
import static dev.hadal.kernels.BlockCode.SUMS;
import static dev.hadal.kernels.CausalLayout.BLOCK;
import static dev.hadal.kernels.CausalLayout.LANES;
import static dev.hadal.kernels.CausalLayout.LINE;
import static dev.hadal.kernels.CausalLayout.VECTOR;
import static dev.hadal.kernels.CausalLayout.WORD;

import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.Label;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Signature;
import dev.hadal.assembler.Zmm;
import dev.hadal.kernels.BlockCode.Left;
import dev.hadal.kernels.BlockCode.Right;
import dev.hadal.kernels.BlockCode.Rows;
import dev.hadal.kernels.BlockCode.Tile;
import dev.hadal.kernels.CausalFrame.Field;

/**
 * What 64 queries and 64 keys have to do with each other's gradients, as machine code: the second
 * half of {@link CausalAttention}.
 *
 * <p>Five products. Scores are computed first; dP's tiles, four queries by all keys, then turn them
 * into P and dS. These are contracted over queries for dv and dk, and over keys for dq. As left
 * operands they are words of one element of each contracted pair: dS goes to memory as pairs along
 * its rows, in place of the scores, and P and dS also as pairs along columns, joined of two rows
 * that lie in registers. So nothing is transposed. FP32 needs one form of each: P replaces the
 * scores, dS lies behind.
 *
 * @param layout sizes
 * @param diagonal whether queries and keys are the same positions: later keys are masked, and the
 *     sums of the keys' and values' gradients start from zero
 */
record CausalBackwardCode(CausalLayout layout, boolean diagonal) {
  /** Takes the address of a {@link CausalFrame}. */
  static final Signature SIGNATURE = Signature.ofLongs(1);

  /** Where the scores' memory goes on with other forms. */
  private static final int BEHIND = BLOCK * LINE;

  /** Bytes of the scores' memory. */
  static final int SCORES = 2 * BEHIND;

  /** From a query's log-sum to its delta. */
  static final int DELTA = BLOCK * WORD;

  /** Bytes of the queries' log-sums and deltas. */
  static final int STATE = 2 * DELTA;

  private static final int VECTORS = BLOCK / LANES;
  private static final int ROWS = 4;

  /** P and dS as pairs along columns: a line of P, a line of dS for every two queries. */
  private static final int PAIR_LINES = 2 * LINE;

  private static final Zmm SCALE = zmm(31);
  private static final Zmm FIRST_PAIRS = zmm(30);
  private static final Zmm SECOND_PAIRS = zmm(29);

  /** The code. */
  MachineCode assemble() {
    Assembler a = new Assembler();
    ExpCode exp = new ExpCode(a, CausalForwardCode.constants(23, 6));
    OperandCode operands = new OperandCode(a);
    BlockCode block = new BlockCode(a, layout.kind());
    Label pairs = a.label();
    int key = layout.row(layout.key());
    int value = layout.row(layout.value());
    Rows scores = new Rows(Field.SCORES, LINE);
    Rows state = new Rows(Field.STATE, WORD);
    block.multiply(
        new Left(Field.QUERIES, 0, key, WORD),
        new Right(Field.KEYS, LINE),
        scores,
        state,
        layout.words(layout.key()),
        VECTORS,
        block::zero,
        block::store);
    exp.loadConstants();
    a.vbroadcastss(SCALE, Field.SCALE.in(FRAME));
    a.vmovdqu32(FIRST_PAIRS, mem(pairs));
    a.vmovdqu32(SECOND_PAIRS, mem(pairs).plus(VECTOR));
    block.multiply(
        new Left(Field.DOUTS, 0, value, WORD),
        new Right(Field.VALUES_ACROSS, LINE),
        scores,
        state,
        layout.words(layout.value()),
        VECTORS,
        block::zero,
        tile -> gradients(a, exp, operands, tile));
    boolean paired = layout.paired();
    sum(
        block,
        paired ? new Left(Field.SCORES, BEHIND, WORD, PAIR_LINES) : columns(0),
        new Right(Field.DOUT_PAIRS, layout.line(layout.value())),
        Field.DVALUES,
        diagonal);
    sum(
        block,
        paired ? new Left(Field.SCORES, BEHIND + LINE, WORD, PAIR_LINES) : columns(BEHIND),
        new Right(Field.QUERY_PAIRS, layout.line(layout.key())),
        Field.DKEYS,
        diagonal);
    sum(
        block,
        new Left(Field.SCORES, paired ? 0 : BEHIND, LINE, WORD),
        new Right(Field.KEY_PAIRS, layout.line(layout.key())),
        Field.DQUERIES,
        false);
    a.vzeroupper();
    a.ret();
    exp.table();
    operands.table();
    a.align(VECTOR);
    a.bind(pairs);
    a.data(pairs(0));
    a.data(pairs(LANES));
    return a.finish();
  }

  /** The transposed block of FP32 at an offset. */
  private static Left columns(int offset) {
    return new Left(Field.SCORES, offset, WORD, LINE);
  }

  /** Words of two registers' codes, from a lane on, the second register's in the upper half. */
  private static int[] pairs(int from) {
    int[] codes = new int[LANES];
    for (int lane = 0; lane < LANES; lane++) {
      int code = from + lane;
      codes[lane] = ((code | (2 * LANES)) << Short.SIZE) | code;
    }
    return codes;
  }

  private void sum(BlockCode block, Left left, Right right, Field sums, boolean first) {
    int line = right.step();
    block.multiply(
        left,
        right,
        new Rows(sums, line),
        new Rows(Field.STATE, 0),
        layout.blockWords(),
        line / VECTOR,
        first ? block::zero : block::load,
        block::store);
  }

  /** Scores and dP of four queries become P and dS, two rows and two vectors at a time. */
  private void gradients(Assembler a, ExpCode exp, OperandCode operands, Tile tile) {
    ExpCode.Scratch scratch = new ExpCode.Scratch(zmm(20), zmm(21), zmm(22), K2);
    for (int pair = 0; pair < ROWS; pair += 2) {
      for (int half = 0; half < VECTORS; half += 2) {
        for (int row = pair; row < pair + 2; row++) {
          if (diagonal) {
            CausalForwardCode.firstKeys(a, row);
          }
          for (int v = half; v < half + 2; v++) {
            Zmm p = probability(row - pair, v - half);
            Zmm slope = tile.sum(row, v);
            a.vmulps(p, SCALE, mem(SUMS, LINE * row + VECTOR * v));
            a.vsubps(p, p, mem(BESIDE, WORD * row).broadcast());
            exp.exp(p, p, scratch);
            if (diagonal) {
              CausalForwardCode.mask(a, v);
              a.vmovups(p.zeroing(K2), p);
            }
            a.vsubps(slope, slope, mem(BESIDE, DELTA + WORD * row).broadcast());
            a.vmulps(slope, p, slope);
            a.vmulps(slope, slope, SCALE);
            if (!layout.paired()) {
              a.vmovups(mem(SUMS, LINE * row + VECTOR * v), p);
              a.vmovups(mem(SUMS, BEHIND + LINE * row + VECTOR * v), slope);
            }
          }
        }
        if (layout.paired()) {
          pairs(a, operands, tile, pair, half);
        }
      }
    }
  }

  /** Registers 16 to 19: P of two rows and two vectors. */
  private static Zmm probability(int row, int vector) {
    return zmm(16 + 2 * row + vector);
  }

  private static void pairs(Assembler a, OperandCode operands, Tile tile, int pair, int half) {
    int columns = BEHIND + PAIR_LINES * (pair / 2) + VECTOR * half;
    Zmm[] p = new Zmm[2];
    Zmm[] slope = new Zmm[2];
    for (int row = 0; row < 2; row++) {
      p[row] = probability(row, 0);
      slope[row] = tile.sum(pair + row, half);
      operands.roundPositive(p[row], p[row], probability(row, 1), K2);
      operands.roundFactors(slope[row], slope[row], tile.sum(pair + row, half + 1), zmm(20), K3);
      a.vmovups(mem(SUMS, LINE * (pair + row) + VECTOR * (half / 2)), slope[row]);
    }
    join(a, p, columns);
    join(a, slope, columns + LINE);
  }

  /** Two rows' 32 codes become two vectors of words. */
  private static void join(Assembler a, Zmm[] rows, int offset) {
    Zmm first = zmm(20);
    a.vmovdqu32(first, rows[0]);
    a.vpermt2w(first, FIRST_PAIRS, rows[1]);
    a.vpermt2w(rows[0], SECOND_PAIRS, rows[1]);
    a.vmovups(mem(SUMS, offset), first);
    a.vmovups(mem(SUMS, offset + VECTOR), rows[0]);
  }
}
