package dev.hadal.kernels;

import dev.hadal.tensor.Tensor;

/**
 * The left operand of {@link VectorGroupedProducts} as FP32 values: tiles of {@code tallest} rows,
 * each step by step, the last one as tall as {@link MatMulTile} needs. Rows that only fill a tile
 * are zero. Of integers, scales and sums of codes lie beside them, for each group and row.
 */
final class GroupedRows {
  private final Matrix a;
  private final boolean integers;
  private final int group;
  private final int rows;
  private final int depth;
  private final int tallest;
  private float[] values = {};
  private float[] scales = {};
  private float[] codeSums = {};

  private GroupedRows(Matrix a, int group, int tallest) {
    this.a = a;
    this.integers = a instanceof Matrix.Integers;
    this.group = group;
    this.rows = a.rows();
    this.depth = a.columns();
    this.tallest = tallest;
  }

  /** An operand that is not packed yet. */
  static GroupedRows of(Matrix a, int group) {
    return new GroupedRows(a, group, MatMulTile.TALLEST);
  }

  boolean integers() {
    return integers;
  }

  int group() {
    return group;
  }

  int rows() {
    return rows;
  }

  int tallest() {
    return tallest;
  }

  int tiles() {
    return (rows + tallest - 1) / tallest;
  }

  int rowsOf(int tile) {
    return Math.min(tallest, rows - tile * tallest);
  }

  int height(int tile) {
    return MatMulTile.height(rowsOf(tile));
  }

  float[] values() {
    return values;
  }

  /** Where the values of a tile start at element k. */
  int at(int tile, int k) {
    return tile * tallest * depth + k * height(tile);
  }

  /** Where the numbers of a tile's rows lie in the group of element k. */
  int groupAt(int tile, int k) {
    return tile * tallest * (depth / group) + k / group * height(tile);
  }

  /** The scale of a row. */
  float scale(int groupAt, int row) {
    return scales[groupAt + row];
  }

  /** The sum of a row's codes. */
  float codeSum(int groupAt, int row) {
    return codeSums[groupAt + row];
  }

  /** Fills all tiles. */
  void pack() {
    int last = tiles() - 1;
    int padded = last * tallest + height(last);
    values = new float[Math.multiplyExact(padded, depth)];
    if (integers) {
      scales = new float[padded * (depth / group)];
      codeSums = new float[scales.length];
    }
    for (int tile = 0; tile <= last; tile++) {
      for (int row = 0; row < rowsOf(tile); row++) {
        switch (a) {
          case Matrix.Integers codes -> packIntegers(codes, tile, row);
          case Matrix.Dense dense -> packDense(dense, tile, row);
          default -> throw new IllegalStateException("no operand of these products");
        }
      }
    }
  }

  private void packDense(Matrix.Dense dense, int tile, int row) {
    long r = (long) tile * tallest + row;
    long from = 4 * (r * dense.rowStride() + dense.fromColumn());
    int to = at(tile, 0) + row;
    int height = height(tile);
    for (int k = 0; k < depth; k++) {
      values[to + k * height] = dense.values().data().get(Tensor.FLOAT, from + 4L * k);
    }
  }

  private void packIntegers(Matrix.Integers codes, int tile, int row) {
    int r = tile * tallest + row;
    long from = (long) r * depth;
    int to = at(tile, 0) + row;
    int height = height(tile);
    for (int k = 0; k < depth; k += group) {
      int sum = 0;
      for (int i = k; i < k + group; i++) {
        byte code = codes.codes().data().get(Tensor.BYTE, from + i);
        values[to + i * height] = code;
        sum += code;
      }
      int at = groupAt(tile, k) + row;
      long scaleAt = (long) r * codes.scales().columns() + k / GroupedWeights.STEP;
      scales[at] = codes.scales().getFloat(scaleAt);
      codeSums[at] = sum;
    }
  }
}
