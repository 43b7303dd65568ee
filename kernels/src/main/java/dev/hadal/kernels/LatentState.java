package dev.hadal.kernels;

import static dev.hadal.kernels.Simd.FLOATS;
import static dev.hadal.kernels.Simd.WIDTH;

import jdk.incubator.vector.FloatVector;

/** (m, l, o) of a group's columns over one or more partitions. */
final class LatentState {
  final OnlineSoftmax softmax;
  final float[] out;
  private final int stride;

  /**
   * Room for a group.
   *
   * @param columns a multiple of 16
   * @param stride elements of a column's output, a multiple of 16
   */
  LatentState(int columns, int stride) {
    softmax = new OnlineSoftmax(columns);
    out = new float[columns * stride];
    this.stride = stride;
  }

  int columns() {
    return softmax.maximum.length;
  }

  int stride() {
    return stride;
  }

  /** Takes in the next partition; its shrink factors are overwritten. */
  void merge(LatentState next) {
    float[] mine = softmax.shrink;
    float[] other = next.softmax.shrink;
    for (int c = 0; c < columns(); c += WIDTH) {
      FloatVector m1 = FloatVector.fromArray(FLOATS, softmax.maximum, c);
      FloatVector m2 = FloatVector.fromArray(FLOATS, next.softmax.maximum, c);
      FloatVector m = m1.max(m2);
      VectorMath.exp(m1.sub(m)).intoArray(mine, c);
      VectorMath.exp(m2.sub(m)).intoArray(other, c);
      m.intoArray(softmax.maximum, c);
    }
    for (int c = 0; c < columns(); c += WIDTH) {
      FloatVector a = FloatVector.fromArray(FLOATS, mine, c);
      FloatVector b = FloatVector.fromArray(FLOATS, other, c);
      FloatVector l2 = FloatVector.fromArray(FLOATS, next.softmax.sum, c).mul(b);
      FloatVector.fromArray(FLOATS, softmax.sum, c).fma(a, l2).intoArray(softmax.sum, c);
    }
    for (int c = 0; c < columns(); c++) {
      mergeRow(out, next.out, c * stride, stride, mine[c], other[c]);
    }
  }

  private static void mergeRow(float[] out, float[] next, int at, int n, float a, float b) {
    for (int i = at; i < at + n; i += WIDTH) {
      FloatVector scaled = FloatVector.fromArray(FLOATS, next, i).mul(b);
      FloatVector.fromArray(FLOATS, out, i).fma(Simd.broadcast(a), scaled).intoArray(out, i);
    }
  }

  /** Writes o / l of each column. */
  void write(LatentBlocks.Call call, LatentGroup group) {
    for (int c = 0; c < group.columns(); c++) {
      long row = (long) group.query(c) * call.heads() + group.head(c);
      AttentionBlocks.write(
          out,
          c * stride,
          1 / softmax.sum[c],
          call.out().data(),
          4L * row * call.latent(),
          call.latent());
    }
  }
}
