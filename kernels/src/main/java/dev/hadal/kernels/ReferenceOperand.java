package dev.hadal.kernels;

import dev.hadal.numerics.BFloat16;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;

/**
 * An operand of a product in binary32, decoded and, if asked, transposed: the left one is [M, K],
 * the right one [K, N].
 *
 * @param matrix the operand as given
 * @param transposed whether rows and columns are exchanged
 * @param columns extent of the second axis, after transposition
 * @param values decoded values without their scales
 */
record ReferenceOperand(Matrix matrix, boolean transposed, int columns, float[] values) {

  /** The left operand of a product. */
  static ReferenceOperand left(Matrix a, boolean transpose) {
    OperandKind.of(a, !transpose);
    return decode(a, transpose);
  }

  /** The right operand of a product, with its own copy of everything that is read later. */
  static ReferenceOperand right(Matrix b, MatMul.Contraction contraction) {
    boolean columns = contraction == MatMul.Contraction.COLUMNS;
    OperandKind.of(b, columns);
    return decode(b instanceof Matrix.Tiled tiled ? withOwnScales(tiled) : b, columns);
  }

  private static Matrix.Tiled withOwnScales(Matrix.Tiled tiled) {
    Tensor scales = tiled.scales();
    Tensor copy = Tensor.allocate(Arena.ofAuto(), scales.dtype(), scales.shape().extents());
    copy.copyFrom(scales);
    return new Matrix.Tiled(tiled.codes(), copy, tiled.tiling());
  }

  private static ReferenceOperand decode(Matrix matrix, boolean transpose) {
    int rows = matrix.rows();
    int columns = matrix.columns();
    float[] values = new float[Math.multiplyExact(rows, columns)];
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        values[transpose ? c * rows + r : r * columns + c] = element(matrix, r, c);
      }
    }
    return new ReferenceOperand(matrix, transpose, transpose ? rows : columns, values);
  }

  private static float element(Matrix matrix, int r, int c) {
    return switch (matrix) {
      case Matrix.Dense dense ->
          dense.values().getFloat((long) r * dense.rowStride() + dense.fromColumn() + c);
      case Matrix.BFloat bfloat -> {
        long at = (long) r * bfloat.columns() + c;
        yield BFloat16.decode(bfloat.values().data().get(Tensor.SHORT, 2 * at));
      }
      case Matrix.Tiled tiled -> ReferenceQuantizer.decode(tiled, r, c);
      case Matrix.Integers integers ->
          integers.codes().data().get(Tensor.BYTE, (long) r * integers.columns() + c);
    };
  }

  /** The scale of an element of a tiled operand. */
  float scale(int row, int column) {
    Matrix.Tiled tiled = (Matrix.Tiled) matrix;
    return transposed
        ? ReferenceQuantizer.scale(tiled, column, row)
        : ReferenceQuantizer.scale(tiled, row, column);
  }
}
