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
import static dev.hadal.assembler.WriteMask.K3;
import static dev.hadal.assembler.WriteMask.K4;
import static dev.hadal.assembler.WriteMask.K5;
import static dev.hadal.kernels.LatentAttention.BLOCK;
import static dev.hadal.kernels.LatentLayout.LANES;
import static dev.hadal.kernels.LatentLayout.SHRINK;
import static dev.hadal.kernels.LatentLayout.SUM;
import static dev.hadal.kernels.LatentLayout.TILE;
import static dev.hadal.kernels.LatentLayout.VECTOR;

import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.Destination;
import dev.hadal.assembler.IntegerComparison;
import dev.hadal.assembler.Label;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Operand;
import dev.hadal.assembler.Register64;
import dev.hadal.assembler.Signature;
import dev.hadal.assembler.WriteMask;
import dev.hadal.assembler.Zmm;
import dev.hadal.kernels.LatentFrame.Field;

/**
 * What columns of queries take from one block of 64 cached rows, as machine code: the recurrence of
 * {@link LatentAttention}.
 *
 * <p>The block is never rearranged. For the scores a lane is a column: a step loads one word of
 * sixteen columns' queries and multiplies it by that word of sixteen keys, each spread to all lanes
 * as it is read. So maxima and sums of a column run down registers, and nothing is added across
 * lanes. For the sums of values a lane is an element of the value: two rows are joined to pairs as
 * they are loaded, and multiplied by the pair of probabilities of eight columns.
 *
 * <p>While scores are made, the next block is asked for: there are as many cache lines in a block
 * as steps.
 *
 * <p>{@code vmaxps} forgets a NaN that {@code Math.max} keeps. It does not show: a score of NaN
 * makes its own probability NaN, and that the column's sum and all its outputs.
 *
 * @param layout sizes
 */
record LatentBlockCode(LatentLayout layout) {
  /** Takes the address of a {@link LatentFrame}. */
  static final Signature SIGNATURE = Signature.ofLongs(1);

  private static final int KEYS = 16;
  private static final int UNROLLED = 4;

  /** Lanes of 16 bits that hold a pair's first element. */
  private static final int EVEN_LANES = 0x55555555;

  private static final Register64 FRAME = RDI;
  private static final Zmm LIMITS = zmm(31);
  private static final Zmm HIGHEST = zmm(30);
  private static final Zmm KEY = zmm(29);
  private static final Zmm ONE = zmm(28);
  private static final Zmm JOINED = zmm(27);
  private static final ExpCode.Scratch TEMPORARY =
      new ExpCode.Scratch(zmm(20), zmm(21), zmm(22), K5);

  /** The code. */
  MachineCode assemble() {
    Assembler a = new Assembler();
    ExpCode exp = new ExpCode(a, zmm(23), zmm(24), zmm(25), zmm(26));
    OperandCode operands = new OperandCode(a);
    Label joined = a.label();
    exp.loadConstants();
    masks(a);
    Label vector = a.here();
    scores(a);
    softmax(a, exp);
    if (layout.kind() == OperandKind.BFLOAT) {
      a.vmovdqu32(JOINED, mem(joined));
      pairs(a, operands);
    }
    for (int tile = 0; tile < LANES / TILE; tile++) {
      values(a, operands, tile);
    }
    next(a, Field.QUERIES, layout.queryBytes());
    next(a, Field.STATE, LatentLayout.STATE);
    next(a, Field.OUT, LANES * layout.outRow());
    next(a, Field.LIMITS, VECTOR);
    a.mov(RAX, Field.VECTORS.in(FRAME));
    a.sub(RAX, 1);
    a.mov(Field.VECTORS.in(FRAME), RAX);
    a.jnz(vector);
    a.vzeroupper();
    a.ret();
    exp.table();
    operands.table();
    a.align(VECTOR);
    a.bind(joined);
    a.data(joined());
    return a.finish();
  }

  /** For {@code vpermw}: word 2 i from lane i of the lower half, 2 i + 1 from that of the upper. */
  static int[] joined() {
    int[] words = new int[LANES];
    for (int i = 0; i < LANES; i++) {
      words[i] = (LANES + i) << 16 | i;
    }
    return words;
  }

  private static void next(Assembler a, Field place, int distance) {
    a.mov(RAX, place.in(FRAME));
    a.add(RAX, distance);
    a.mov(place.in(FRAME), RAX);
  }

  /** K1: elements of odd pairs; K3 and K4: the values of the last chunk. */
  private void masks(Assembler a) {
    int rest = layout.latent() % LatentLayout.chunk();
    a.mov(EAX, EVEN_LANES);
    a.kmovd(K1, EAX);
    a.mov(EAX, (1 << Math.min(LANES, rest)) - 1);
    a.kmovw(K3, EAX);
    a.mov(EAX, (1 << Math.max(0, rest - LANES)) - 1);
    a.kmovw(K4, EAX);
  }

  private void dot(Assembler a, Zmm sum, Zmm x, Operand<? super Zmm> y) {
    if (layout.kind() == OperandKind.DENSE) {
      a.vfmadd231ps(sum, x, y);
    } else {
      a.vdpbf16ps(sum, x, y);
    }
  }

  /** Scores = the keys' products with the queries, scaled; sixteen keys at a time. */
  private void scores(Assembler a) {
    Register64 keys = RDX;
    Register64 to = RCX;
    Register64 groups = R8;
    Register64 ahead = R9;
    Register64 query = R10;
    Register64 key = R11;
    Zmm word = zmm(KEYS);
    a.mov(keys, Field.BLOCK.in(FRAME));
    a.mov(to, Field.SCORES.in(FRAME));
    a.mov(ahead, Field.NEXT.in(FRAME));
    a.mov(groups, (long) BLOCK / KEYS);
    Label group = a.here();
    a.mov(query, Field.QUERIES.in(FRAME));
    a.mov(key, keys);
    for (int i = 0; i < KEYS; i++) {
      a.vpxord(zmm(i), zmm(i), zmm(i));
    }
    repeat(
        a,
        layout.wholeSteps(),
        count -> {
          for (int k = 0; k < count; k++) {
            a.prefetcht1(mem(ahead, VECTOR * k));
            a.vmovups(word, mem(query, VECTOR * k));
            for (int i = 0; i < KEYS; i++) {
              dot(a, zmm(i), word, mem(key, layout.rowBytes() * i + 4 * k).broadcast());
            }
          }
          a.add(ahead, VECTOR * count);
          a.add(query, VECTOR * count);
          a.add(key, 4 * count);
        });
    if (layout.odd()) {
      a.vmovups(word, mem(query));
      for (int i = 0; i < KEYS; i++) {
        a.vpbroadcastw(zmm(KEYS + 1).zeroing(K1), mem(key, layout.rowBytes() * i));
        a.vdpbf16ps(zmm(i), word, zmm(KEYS + 1));
      }
    }
    for (int i = 0; i < KEYS; i++) {
      a.vmulps(zmm(i), zmm(i), Field.SCALE.in(FRAME).broadcast());
      a.vmovups(mem(to, VECTOR * i), zmm(i));
    }
    a.add(keys, KEYS * layout.rowBytes());
    a.add(to, KEYS * VECTOR);
    a.sub(groups, 1);
    a.jnz(group);
  }

  /** Some steps. */
  @FunctionalInterface
  private interface Steps {
    void write(int count);
  }

  private static void repeat(Assembler a, int steps, Steps body) {
    if (steps >= UNROLLED) {
      a.mov(RAX, (long) steps / UNROLLED);
      a.align(32);
      Label loop = a.here();
      body.write(UNROLLED);
      a.sub(RAX, 1);
      a.jnz(loop);
    }
    if (steps % UNROLLED > 0) {
      body.write(steps % UNROLLED);
    }
  }

  /** Scores become probabilities, and the state goes on. */
  private void softmax(Assembler a, ExpCode exp) {
    Register64 at = RCX;
    Register64 state = R8;
    Zmm score = zmm(16);
    Zmm old = zmm(17);
    a.mov(state, Field.STATE.in(FRAME));
    a.mov(RAX, Field.LIMITS.in(FRAME));
    a.vmovdqu32(LIMITS, mem(RAX));
    a.mov(EAX, 1);
    a.vpbroadcastd(ONE, EAX);
    a.vmovups(old, mem(state));
    a.vmovups(HIGHEST, old);
    eachKey(a, at, offset -> a.vmaxps(HIGHEST.merging(K2), HIGHEST, mem(at, offset)));
    a.vmovups(mem(state), HIGHEST);
    a.vsubps(old, old, HIGHEST);
    exp.exp(old, old, TEMPORARY);
    a.vmovups(mem(state, SHRINK), old);
    eachKey(
        a,
        at,
        offset -> {
          a.vmovups(score, mem(at, offset));
          a.vsubps(score, score, HIGHEST);
          exp.exp(score, score, TEMPORARY);
          a.vmovups(score.zeroing(K2), score);
          a.vmovups(mem(at, offset), score);
        });
    a.mov(at, Field.SCORES.in(FRAME));
    for (int lane = 0; lane < LANES; lane++) {
      a.vmovups(zmm(lane), mem(at, VECTOR * lane));
      for (int key = lane + LANES; key < BLOCK; key += LANES) {
        a.vaddps(zmm(lane), zmm(lane), mem(at, VECTOR * key));
      }
    }
    for (int half = LANES / 2; half > 0; half /= 2) {
      for (int lane = 0; lane < half; lane++) {
        a.vaddps(zmm(lane), zmm(lane), zmm(lane + half));
      }
    }
    a.vfmadd132ps(old, zmm(0), mem(state, SUM));
    a.vmovups(mem(state, SUM), old);
  }

  /** Something with the scores of one key, at an offset; K2: the columns that see it. */
  @FunctionalInterface
  private interface OfKey {
    void write(int offset);
  }

  private static void eachKey(Assembler a, Register64 at, OfKey body) {
    a.mov(at, Field.SCORES.in(FRAME));
    a.vpxord(KEY, KEY, KEY);
    repeat(
        a,
        BLOCK,
        count -> {
          for (int k = 0; k < count; k++) {
            a.vpcmpd(K2, KEY, LIMITS, IntegerComparison.LESS_OR_EQUAL);
            body.write(VECTOR * k);
            a.vpaddd(KEY, KEY, ONE);
          }
          a.add(at, VECTOR * count);
        });
  }

  /** Probabilities of two keys become a word of operands, in place. */
  private void pairs(Assembler a, OperandCode operands) {
    Zmm words = zmm(16);
    a.mov(RCX, Field.SCORES.in(FRAME));
    a.mov(RDX, RCX);
    repeat(
        a,
        BLOCK / 2,
        count -> {
          for (int k = 0; k < count; k++) {
            a.vmovups(zmm(17), mem(RCX, 2 * VECTOR * k));
            a.vmovups(zmm(18), mem(RCX, 2 * VECTOR * k + VECTOR));
            operands.roundPositive(words, zmm(17), zmm(18), K2);
            a.vpermw(words, JOINED, words);
            a.vmovdqu32(mem(RDX, VECTOR * k), words);
          }
          a.add(RCX, 2 * VECTOR * count);
          a.add(RDX, VECTOR * count);
        });
  }

  /** Some columns' sums of values, shrunk, go on with the block's. */
  private void values(Assembler a, OperandCode operands, int tile) {
    Register64 probabilities = RSI;
    Register64 block = RDX;
    Register64 chunks = RCX;
    Register64 out = R8;
    a.mov(probabilities, Field.SCORES.in(FRAME));
    a.mov(block, Field.BLOCK.in(FRAME));
    a.mov(out, Field.OUT.in(FRAME));
    a.add(probabilities, 4 * TILE * tile);
    a.add(out, layout.outRow() * TILE * tile);
    int whole = layout.latent() / LatentLayout.chunk();
    if (whole > 0) {
      a.mov(chunks, (long) whole);
      Label loop = a.here();
      chunk(a, operands, tile, true);
      a.add(block, LatentLayout.chunk() * layout.kind().bytes());
      a.add(out, 2 * VECTOR);
      a.sub(chunks, 1);
      a.jnz(loop);
    }
    if (layout.latent() % LatentLayout.chunk() > 0) {
      chunk(a, operands, tile, false);
    }
  }

  private void chunk(Assembler a, OperandCode operands, int tile, boolean whole) {
    Register64 state = R9;
    Register64 row = R10;
    Register64 probability = R11;
    Zmm factor = zmm(16);
    a.mov(state, Field.STATE.in(FRAME));
    for (int column = 0; column < TILE; column++) {
      a.vbroadcastss(factor, mem(state, SHRINK + 4 * (TILE * tile + column)));
      for (int v = 0; v < 2; v++) {
        Zmm sum = zmm(2 * column + v);
        a.vmulps(sum, factor, mem(R8, layout.outRow() * column + VECTOR * v));
        if (layout.kind() == OperandKind.BFLOAT) {
          operands.start(sum, zmm(17), K2);
        }
      }
    }
    a.mov(row, RDX);
    a.mov(probability, RSI);
    repeat(
        a,
        BLOCK / layout.kind().elements(),
        count -> {
          for (int k = 0; k < count; k++) {
            int rows = layout.rowBytes() * layout.kind().elements() * k;
            load(a, zmm(18), row, rows, K3, whole);
            load(a, zmm(19), row, rows + LANES * layout.kind().bytes(), K4, whole);
            for (int column = 0; column < TILE; column++) {
              Zmm both = zmm(16 + column % 2);
              a.vbroadcastss(both, mem(probability, VECTOR * k + 4 * column));
              dot(a, zmm(2 * column), both, zmm(18));
              dot(a, zmm(2 * column + 1), both, zmm(19));
            }
          }
          a.add(row, layout.rowBytes() * layout.kind().elements() * count);
          a.add(probability, VECTOR * count);
        });
    for (int column = 0; column < TILE; column++) {
      for (int v = 0; v < 2; v++) {
        a.vmovups(mem(R8, layout.outRow() * column + VECTOR * v), zmm(2 * column + v));
      }
    }
  }

  /** Sixteen values of a row, or sixteen pairs of values of two. */
  private void load(
      Assembler a, Zmm to, Register64 row, int offset, WriteMask mask, boolean whole) {
    Destination<Zmm> target = whole ? to : to.zeroing(mask);
    if (layout.kind() == OperandKind.DENSE) {
      a.vmovups(target, mem(row, offset));
      return;
    }
    Zmm odd = zmm(20);
    a.vpmovzxwd(target, mem(row, offset));
    a.vpmovzxwd(whole ? odd : odd.zeroing(mask), mem(row, offset + layout.rowBytes()));
    a.vpslld(odd, odd, 16);
    a.vpord(to, to, odd);
  }
}
