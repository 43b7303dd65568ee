package dev.hadal.kernels;

import static dev.hadal.kernels.OnlineSoftmax.KEYS;
import static dev.hadal.kernels.Simd.FLOATS;
import static dev.hadal.kernels.Simd.INTS;
import static dev.hadal.kernels.Simd.WIDTH;

import dev.hadal.kernels.BlockProduct.Operand;
import dev.hadal.numerics.WideFunctions;
import dev.hadal.tensor.Tensor;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/**
 * Causal attention of one head over one sequence, with the heap blocks that one thread needs for
 * it. See {@link CausalAttention} for the order of operations.
 *
 * <p>Loops over rows are methods of their own, and so is the work on one pair of blocks: C2 then
 * compiles the inner passes before what calls them. Inlined into one method they would exceed its
 * node limit, and vectors would be boxed, at a tenth of the speed.
 */
final class CausalHead {
  private static final int[] DIAGONAL = diagonal();
  private static final float[] NONE = new float[0];

  private final OnlineSoftmax softmax = new OnlineSoftmax(KEYS);
  private final float[] scores = new float[KEYS * KEYS];
  private final float[] scoreGradients = new float[KEYS * KEYS];
  private float[] queries = NONE;
  private float[] queriesAcross = NONE;
  private float[] keys = NONE;
  private float[] values = NONE;
  private float[] result = NONE;
  private float[] douts = NONE;
  private float[] doutsAcross = NONE;
  private float[] lses = NONE;
  private float[] deltas = NONE;
  private float[] dqueries = NONE;
  private float[] dkeys = NONE;

  /** The operands and results of forward. */
  record Forward(
      CausalAttention.Geometry geometry,
      Tensor q,
      Tensor kv,
      Tensor kRope,
      Tensor out,
      Tensor lse) {
    Forward {
      int tokens = q.rows();
      int heads = geometry.heads();
      Sizes.require("attention q", q, tokens, (long) heads * (geometry.nope() + geometry.rope()));
      Sizes.require(
          "attention kv", kv, tokens, (long) heads * (geometry.nope() + geometry.value()));
      Sizes.require("attention kRope", kRope, tokens, geometry.rope());
      Sizes.require("attention out", out, tokens, (long) heads * geometry.value());
      Sizes.require("attention lse", lse, tokens, heads);
    }

    int keyWidth() {
      return geometry.nope() + geometry.rope();
    }

    long qOffset(int token, int head) {
      return 4L * ((long) token * q.columns() + head * keyWidth());
    }

    long kvOffset(int token, int head) {
      return 4L
          * ((long) token * kv.columns() + head * (long) (geometry.nope() + geometry.value()));
    }

    long outOffset(int token, int head) {
      return 4L * ((long) token * out.columns() + head * (long) geometry.value());
    }

    /** The length of the contraction over a key, even where pairs are taken. */
    int keySteps() {
      return geometry.bfloat16() ? (keyWidth() + 1) & -2 : keyWidth();
    }

    int valueSteps() {
      return geometry.bfloat16() ? (geometry.value() + 1) & -2 : geometry.value();
    }

    int swap() {
      return geometry.bfloat16() ? 1 : 0;
    }
  }

  /**
   * What backward needs beyond that.
   *
   * @param ropeParts [H, T, R]: each head's gradient of the shared rotated keys
   */
  record Backward(Forward forward, Tensor dout, Tensor dq, Tensor dkv, float[] ropeParts) {}

  private static int[] diagonal() {
    int[] limits = new int[KEYS];
    Arrays.setAll(limits, i -> i);
    return limits;
  }

  /** Forward of rows [from, to) and one head. */
  void forward(Forward tensors, int from, int to, int head) {
    CausalAttention.Geometry geometry = tensors.geometry();
    int length = to - from;
    int blocks = (length + KEYS - 1) / KEYS;
    int valueStride = AttentionBlocks.stride(geometry.value());
    readSequence(tensors, from, to, head);
    result = AttentionBlocks.room(result, KEYS * valueStride);
    for (int i = 0; i < blocks; i++) {
      softmax.start();
      for (int j = 0; j <= i; j++) {
        forwardBlock(tensors, i, j);
      }
      writeResult(tensors, from + i * KEYS, Math.min(to, from + (i + 1) * KEYS), head);
    }
  }

  /** What queries of block i take from keys of block j. */
  private void forwardBlock(Forward tensors, int i, int j) {
    CausalAttention.Geometry geometry = tensors.geometry();
    int keyStride = AttentionBlocks.stride(tensors.keyWidth());
    int valueStride = AttentionBlocks.stride(geometry.value());
    int swap = tensors.swap();
    BlockProduct.multiply(
        new Operand(keys, j * KEYS * keyStride, keyStride),
        new Operand(queriesAcross, i * KEYS * keyStride, KEYS),
        new Operand(scores, 0, KEYS),
        KEYS,
        KEYS,
        tensors.keySteps(),
        swap,
        false);
    softmax.block(scores, KEYS, KEYS, (float) geometry.scale(), j == i ? DIAGONAL : null, j == 0);
    if (geometry.bfloat16()) {
      AttentionBlocks.round(scores, scores.length);
    }
    if (j > 0) {
      AttentionBlocks.scaleRows(result, valueStride, softmax.shrink, KEYS, geometry.bfloat16());
    }
    BlockProduct.multiply(
        Operand.transposed(scores, 0, KEYS),
        new Operand(values, j * KEYS * valueStride, valueStride),
        new Operand(result, 0, valueStride),
        KEYS,
        valueStride,
        KEYS,
        swap,
        j > 0);
  }

  private void writeResult(Forward tensors, int from, int to, int head) {
    int value = tensors.geometry().value();
    int stride = AttentionBlocks.stride(value);
    for (int t = from; t < to; t++) {
      int row = t - from;
      float lse = softmax.maximum[row] + WideFunctions.log(softmax.sum[row]);
      tensors.lse().setFloat((long) t * tensors.geometry().heads() + head, lse);
      AttentionBlocks.write(
          result,
          row * stride,
          1 / softmax.sum[row],
          tensors.out().data(),
          tensors.outOffset(t, head),
          value);
    }
  }

  /** Copies the head's queries, keys and values; rows up to a multiple of 64 are zero. */
  private void readSequence(Forward tensors, int from, int to, int head) {
    CausalAttention.Geometry geometry = tensors.geometry();
    int nope = geometry.nope();
    int rope = geometry.rope();
    int rows = (to - from + KEYS - 1) & -KEYS;
    int keyStride = AttentionBlocks.stride(tensors.keyWidth());
    int valueStride = AttentionBlocks.stride(geometry.value());
    queries = AttentionBlocks.room(queries, rows * keyStride);
    keys = AttentionBlocks.room(keys, rows * keyStride);
    values = AttentionBlocks.room(values, rows * valueStride);
    for (int t = from; t < to; t++) {
      int at = (t - from) * keyStride;
      long kv = tensors.kvOffset(t, head);
      AttentionBlocks.read(tensors.q().data(), tensors.qOffset(t, head), queries, at, nope + rope);
      AttentionBlocks.read(tensors.kv().data(), kv, keys, at, nope);
      AttentionBlocks.read(tensors.kRope().data(), 4L * t * rope, keys, at + nope, rope);
      AttentionBlocks.read(
          tensors.kv().data(), kv + 4L * nope, values, (t - from) * valueStride, geometry.value());
    }
    padRows(queries, to - from, rows, tensors.keyWidth());
    padRows(keys, to - from, rows, tensors.keyWidth());
    padRows(values, to - from, rows, geometry.value());
    if (geometry.bfloat16()) {
      AttentionBlocks.round(queries, rows * keyStride);
      AttentionBlocks.round(keys, rows * keyStride);
      AttentionBlocks.round(values, rows * valueStride);
    }
    queriesAcross = across(queries, queriesAcross, rows, tensors.keyWidth());
  }

  /** Zeroes the columns after the width and the rows after the sequence's last. */
  private static void padRows(float[] block, int used, int rows, int width) {
    int stride = AttentionBlocks.stride(width);
    AttentionBlocks.pad(block, 0, used, width, stride);
    Arrays.fill(block, used * stride, rows * stride, 0);
  }

  private static float[] across(float[] block, float[] room, int rows, int width) {
    int stride = AttentionBlocks.stride(width);
    float[] across = AttentionBlocks.room(room, rows * stride);
    for (int row = 0; row < rows; row += KEYS) {
      AttentionBlocks.transpose(block, row * stride, stride, stride, across, row * stride);
    }
    return across;
  }

  /** Backward of rows [from, to) and one head. */
  void backward(Backward tensors, int from, int to, int head) {
    Forward forward = tensors.forward();
    CausalAttention.Geometry geometry = forward.geometry();
    int blocks = (to - from + KEYS - 1) / KEYS;
    int rows = blocks * KEYS;
    int keyStride = AttentionBlocks.stride(forward.keyWidth());
    int valueStride = AttentionBlocks.stride(geometry.value());
    readSequence(forward, from, to, head);
    readGradients(tensors, from, to, head);
    dqueries = AttentionBlocks.room(dqueries, rows * keyStride);
    dkeys = AttentionBlocks.room(dkeys, KEYS * keyStride);
    result = AttentionBlocks.room(result, KEYS * valueStride);
    for (int j = 0; j < blocks; j++) {
      for (int i = j; i < blocks; i++) {
        backwardBlock(forward, i, j);
      }
      writeKeyGradients(tensors, from + j * KEYS, Math.min(to, from + (j + 1) * KEYS), head);
    }
    writeQueryGradients(tensors, from, to, head);
  }

  /** What queries of block i and keys of block j have to do with each other. */
  private void backwardBlock(Forward forward, int i, int j) {
    CausalAttention.Geometry geometry = forward.geometry();
    int keyStride = AttentionBlocks.stride(forward.keyWidth());
    int valueStride = AttentionBlocks.stride(geometry.value());
    int keyStart = j * KEYS * keyStride;
    int queryStart = i * KEYS * keyStride;
    int valueStart = j * KEYS * valueStride;
    int doutStart = i * KEYS * valueStride;
    int swap = forward.swap();
    Operand key = new Operand(keys, keyStart, keyStride);
    Operand score = new Operand(scores, 0, KEYS);
    Operand scoreGradient = new Operand(scoreGradients, 0, KEYS);
    BlockProduct.multiply(
        key,
        new Operand(queriesAcross, queryStart, KEYS),
        score,
        KEYS,
        KEYS,
        forward.keySteps(),
        swap,
        false);
    BlockProduct.multiply(
        new Operand(values, valueStart, valueStride),
        new Operand(doutsAcross, doutStart, KEYS),
        scoreGradient,
        KEYS,
        KEYS,
        forward.valueSteps(),
        swap,
        false);
    scoreGradients(i * KEYS, (float) geometry.scale(), i == j ? DIAGONAL : null);
    if (geometry.bfloat16()) {
      AttentionBlocks.round(scores, scores.length);
      AttentionBlocks.round(scoreGradients, scoreGradients.length);
    }
    BlockProduct.multiply(
        score,
        new Operand(douts, doutStart, valueStride),
        new Operand(result, 0, valueStride),
        KEYS,
        valueStride,
        KEYS,
        swap,
        i > j);
    BlockProduct.multiply(
        scoreGradient,
        new Operand(queries, queryStart, keyStride),
        new Operand(dkeys, 0, keyStride),
        KEYS,
        keyStride,
        KEYS,
        swap,
        i > j);
    BlockProduct.multiply(
        Operand.transposed(scoreGradients, 0, KEYS),
        key,
        new Operand(dqueries, queryStart, keyStride),
        KEYS,
        keyStride,
        KEYS,
        swap,
        j > 0);
  }

  private void writeQueryGradients(Backward tensors, int from, int to, int head) {
    Forward forward = tensors.forward();
    int keyStride = AttentionBlocks.stride(forward.keyWidth());
    for (int t = from; t < to; t++) {
      AttentionBlocks.write(
          dqueries,
          (t - from) * keyStride,
          tensors.dq().data(),
          forward.qOffset(t, head),
          forward.keyWidth());
    }
  }

  private void readGradients(Backward tensors, int from, int to, int head) {
    Forward forward = tensors.forward();
    CausalAttention.Geometry geometry = forward.geometry();
    int width = geometry.value();
    int rows = (to - from + KEYS - 1) & -KEYS;
    int stride = AttentionBlocks.stride(width);
    douts = AttentionBlocks.room(douts, rows * stride);
    lses = AttentionBlocks.room(lses, rows);
    deltas = AttentionBlocks.room(deltas, rows);
    for (int t = from; t < to; t++) {
      int row = t - from;
      long offset = forward.outOffset(t, head);
      AttentionBlocks.read(tensors.dout().data(), offset, douts, row * stride, width);
      lses[row] = forward.lse().getFloat((long) t * geometry.heads() + head);
      deltas[row] = Simd.dot(tensors.dout().data(), offset, forward.out().data(), offset, width);
    }
    Arrays.fill(lses, to - from, rows, Float.POSITIVE_INFINITY);
    Arrays.fill(deltas, to - from, rows, 0);
    padRows(douts, to - from, rows, width);
    if (geometry.bfloat16()) {
      AttentionBlocks.round(douts, rows * stride);
    }
    doutsAcross = across(douts, doutsAcross, rows, width);
  }

  /** Turns scores and dP of a block, keys down and queries across, into P and dS. */
  private void scoreGradients(int firstQuery, float scale, int @Nullable [] limits) {
    for (int column = 0; column < KEYS; column += WIDTH) {
      probabilities(scores, column, scale, lses, firstQuery);
      if (limits != null) {
        clearMasked(scores, column, limits);
      }
      softmaxGradients(scores, scoreGradients, column, scale, deltas, firstQuery);
    }
  }

  private static void probabilities(
      float[] s, int column, float scale, float[] lses, int firstQuery) {
    FloatVector lse = FloatVector.fromArray(FLOATS, lses, firstQuery + column);
    for (int at = column; at < KEYS * KEYS; at += KEYS) {
      VectorMath.exp(FloatVector.fromArray(FLOATS, s, at).mul(scale).sub(lse)).intoArray(s, at);
    }
  }

  private static void clearMasked(float[] s, int column, int[] limits) {
    IntVector limit = IntVector.fromArray(INTS, limits, column);
    for (int j = 0; j < KEYS; j++) {
      int at = j * KEYS + column;
      VectorMask<Float> hidden = limit.compare(VectorOperators.LT, j).cast(FLOATS);
      FloatVector.fromArray(FLOATS, s, at).blend(0, hidden).intoArray(s, at);
    }
  }

  private static void softmaxGradients(
      float[] p, float[] dp, int column, float scale, float[] deltas, int firstQuery) {
    FloatVector delta = FloatVector.fromArray(FLOATS, deltas, firstQuery + column);
    for (int at = column; at < KEYS * KEYS; at += KEYS) {
      FloatVector difference = FloatVector.fromArray(FLOATS, dp, at).sub(delta);
      FloatVector.fromArray(FLOATS, p, at).mul(difference).mul(scale).intoArray(dp, at);
    }
  }

  private void writeKeyGradients(Backward tensors, int from, int to, int head) {
    Forward forward = tensors.forward();
    CausalAttention.Geometry geometry = forward.geometry();
    int nope = geometry.nope();
    int rope = geometry.rope();
    int tokens = forward.q().rows();
    int keyStride = AttentionBlocks.stride(forward.keyWidth());
    int valueStride = AttentionBlocks.stride(geometry.value());
    for (int t = from; t < to; t++) {
      int row = t - from;
      long kv = forward.kvOffset(t, head);
      AttentionBlocks.write(dkeys, row * keyStride, tensors.dkv().data(), kv, nope);
      AttentionBlocks.write(
          result, row * valueStride, tensors.dkv().data(), kv + 4L * nope, geometry.value());
      System.arraycopy(
          dkeys, row * keyStride + nope, tensors.ropeParts(), (head * tokens + t) * rope, rope);
    }
  }
}
