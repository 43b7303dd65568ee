package dev.hadal.kernels;

import dev.hadal.tensor.Tensor;

/**
 * {@link CausalAttention} of one head over one sequence. Queries, keys and values are copied to
 * rows of even length, rounded if need be, up to the end of the last block of 64 with zeros.
 */
final class ReferenceAttentionHead {
  private static final int BLOCK = ReferenceSoftmax.BLOCK;

  private final Arithmetic arithmetic;
  private final CausalAttention.Geometry geometry;
  private final int head;
  private final int from;
  private final int length;

  /** The length rounded up to whole blocks. */
  private final int rows;

  /** Elements from one key (query) to the next, and from one value to the next. */
  private final int keyStride;

  private final int valueStride;
  private final double scale;
  private final double[] queries;
  private final double[] keys;
  private final double[] values;

  ReferenceAttentionHead(
      Arithmetic arithmetic,
      CausalAttention.Geometry geometry,
      int head,
      int from,
      int to,
      Tensor q,
      Tensor kv,
      Tensor kRope) {
    this.arithmetic = arithmetic;
    this.geometry = geometry;
    this.head = head;
    this.from = from;
    length = to - from;
    rows = Math.ceilDiv(length, BLOCK) * BLOCK;
    int nope = geometry.nope();
    int rope = geometry.rope();
    int value = geometry.value();
    keyStride = (nope + rope + 1) & -2;
    valueStride = (value + 1) & -2;
    scale = arithmetic.round(geometry.scale());
    queries = new double[rows * keyStride];
    keys = new double[rows * keyStride];
    values = new double[rows * valueStride];
    read(q, head * (nope + rope), nope + rope, queries, 0, keyStride);
    read(kv, head * (nope + value), nope, keys, 0, keyStride);
    read(kRope, 0, rope, keys, nope, keyStride);
    read(kv, head * (nope + value) + nope, value, values, 0, valueStride);
  }

  /** Copies a window of columns of the sequence's rows, as operands. */
  private void read(Tensor x, int column, int width, double[] to, int at, int stride) {
    for (int t = 0; t < length; t++) {
      long row = (long) (from + t) * x.columns() + column;
      for (int i = 0; i < width; i++) {
        to[t * stride + at + i] =
            arithmetic.operand(arithmetic.load(x, row + i), geometry.bfloat16());
      }
    }
  }

  /** The length of a contraction over a width: even where pairs are taken. */
  private int depth(int width) {
    return geometry.bfloat16() ? (width + 1) & -2 : width;
  }

  void forward(Tensor out, Tensor lse) {
    int depth = depth(geometry.nope() + geometry.rope());
    int width = geometry.value();
    for (int i = 0; i < length; i++) {
      ReferenceSoftmax softmax =
          new ReferenceSoftmax(arithmetic, scale, geometry.bfloat16(), width);
      for (int j = 0; j <= i; j += BLOCK) {
        softmax.block(
            queries,
            i * keyStride,
            depth,
            new ReferenceSoftmax.Rows(keys, j * keyStride, keyStride),
            new ReferenceSoftmax.Rows(values, j * valueStride, valueStride),
            Math.min(BLOCK, i + 1 - j));
      }
      long row = (long) (from + i) * geometry.heads() + head;
      arithmetic.store(softmax.result(), 0, out, row * width, width);
      arithmetic.store(lse, row, softmax.logSum());
    }
  }

  void backward(Tensor out, Tensor lse, Tensor dout, Tensor dq, Tensor dkv, Tensor dkRope) {
    int nope = geometry.nope();
    int width = geometry.value();
    double[] douts = new double[rows * valueStride];
    read(dout, head * width, width, douts, 0, valueStride);
    double[] lses = new double[rows];
    double[] deltas = new double[rows];
    readSums(out, lse, dout, lses, deltas);
    double[] dqueries = new double[queries.length];
    double[] dkeys = new double[keys.length];
    double[] dvalues = new double[values.length];
    double[] p = new double[BLOCK * BLOCK];
    double[] ds = new double[BLOCK * BLOCK];
    int swap = geometry.bfloat16() ? 1 : 0;
    for (int j = 0; j < rows; j += BLOCK) {
      for (int i = j; i < rows; i += BLOCK) {
        scores(i, j, douts, lses, deltas, p, ds);
        for (int b = 0; b < BLOCK; b++) {
          for (int a = 0; a < BLOCK; a++) {
            // Entry (query a', key b) of the block, the queries in the order of the contraction.
            int at = (a ^ swap) * BLOCK + b;
            int query = i + (a ^ swap);
            int key = j + b;
            addRow(p[at], douts, query, dvalues, key, valueStride);
            addRow(ds[at], queries, query, dkeys, key, keyStride);
          }
        }
        for (int a = 0; a < BLOCK; a++) {
          for (int b = 0; b < BLOCK; b++) {
            int key = j + (b ^ swap);
            addRow(ds[a * BLOCK + (b ^ swap)], keys, key, dqueries, i + a, keyStride);
          }
        }
      }
    }
    for (int t = 0; t < length; t++) {
      long row = (long) (from + t) * geometry.heads() + head;
      int keyWidth = nope + geometry.rope();
      arithmetic.store(dqueries, t * keyStride, dq, row * keyWidth, keyWidth);
      arithmetic.store(dkeys, t * keyStride, dkv, row * (nope + width), nope);
      arithmetic.store(dvalues, t * valueStride, dkv, row * (nope + width) + nope, width);
      addRope(dkeys, t, dkRope);
    }
  }

  private void readSums(Tensor out, Tensor lse, Tensor dout, double[] lses, double[] deltas) {
    int width = geometry.value();
    double[] a = new double[width];
    double[] b = new double[width];
    java.util.Arrays.fill(lses, Double.POSITIVE_INFINITY);
    for (int t = 0; t < length; t++) {
      long row = (long) (from + t) * geometry.heads() + head;
      arithmetic.load(dout, row * width, a, 0, width);
      arithmetic.load(out, row * width, b, 0, width);
      lses[t] = arithmetic.load(lse, row);
      deltas[t] = arithmetic.dot(a, 0, b, 0, width);
    }
  }

  /** p and dS of queries i, i+1, … (down) and keys j, j+1, … (across), as operands. */
  private void scores(
      int i, int j, double[] douts, double[] lses, double[] deltas, double[] p, double[] ds) {
    boolean bfloat16 = geometry.bfloat16();
    int keyDepth = depth(geometry.nope() + geometry.rope());
    int valueDepth = depth(geometry.value());
    for (int a = 0; a < BLOCK; a++) {
      for (int b = 0; b < BLOCK; b++) {
        int query = i + a;
        int key = j + b;
        double dot =
            arithmetic.chain(queries, query * keyStride, keys, key * keyStride, keyDepth, bfloat16);
        double score = arithmetic.mul(dot, scale);
        double probability = key > query ? 0 : arithmetic.exp(arithmetic.sub(score, lses[query]));
        double dp =
            arithmetic.chain(
                douts, query * valueStride, values, key * valueStride, valueDepth, bfloat16);
        double slope = arithmetic.mul(probability, arithmetic.sub(dp, deltas[query]));
        p[a * BLOCK + b] = arithmetic.operand(probability, bfloat16);
        ds[a * BLOCK + b] = arithmetic.operand(arithmetic.mul(slope, scale), bfloat16);
      }
    }
  }

  /** Adds a multiple of one row to another. */
  private void addRow(double factor, double[] x, int row, double[] sum, int sumRow, int stride) {
    arithmetic.addMultiple(factor, x, row * stride, sum, sumRow * stride, stride);
  }

  private void addRope(double[] dkeys, int t, Tensor dkRope) {
    int rope = geometry.rope();
    for (int i = 0; i < rope; i++) {
      long at = (long) (from + t) * rope + i;
      double part = dkeys[t * keyStride + geometry.nope() + i];
      arithmetic.store(
          dkRope, at, head == 0 ? part : arithmetic.add(arithmetic.load(dkRope, at), part));
    }
  }
}
