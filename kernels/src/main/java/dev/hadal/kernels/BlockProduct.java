package dev.hadal.kernels;

import static dev.hadal.kernels.Simd.FLOATS;
import static dev.hadal.kernels.Simd.WIDTH;

import jdk.incubator.vector.FloatVector;

/**
 * Products of small blocks in cache, for attention: C = A B or C += A B, each element one chain of
 * fused multiply-adds over the steps of the contraction.
 *
 * <p>Lanes run along the columns of B and C, elements of A are spread to all lanes; so A may be
 * read along rows or along columns, and no operand is ever packed. Operands are heap arrays: with
 * memory segments a method of this many vector operations exceeds what C2 is willing to inline, and
 * every vector is boxed.
 */
final class BlockProduct {
  /** Rows of a tile: 8 rows of two vectors are 16 independent chains. */
  static final int ROWS = 8;

  private BlockProduct() {}

  /**
   * An operand: element (row, step) of A, (step, column) of B or (row, column) of C.
   *
   * @param data the array
   * @param start index of element (0, 0)
   * @param first elements from one first index to the next
   * @param second the same for the second index; 1 for B and C
   */
  record Operand(float[] data, int start, int first, int second) {
    /** A row-major block. */
    Operand(float[] data, int start, int stride) {
      this(data, start, stride, 1);
    }

    /** The transposed block, as operand A. */
    static Operand transposed(float[] data, int start, int stride) {
      return new Operand(data, start, 1, stride);
    }
  }

  /**
   * C [rows, columns] = or += A [rows, steps] B [steps, columns].
   *
   * @param rows a multiple of 8
   * @param columns a multiple of 16
   * @param steps length of the contraction; even where pairs are swapped
   * @param swap 1: of each pair of steps the odd one first, as BF16 products do; 0: ascending
   * @param accumulate whether the chains start from C instead of +0
   */
  static void multiply(
      Operand a,
      Operand b,
      Operand c,
      int rows,
      int columns,
      int steps,
      int swap,
      boolean accumulate) {
    int column = 0;
    for (; column <= columns - 2 * WIDTH; column += 2 * WIDTH) {
      for (int row = 0; row < rows; row += ROWS) {
        wide(
            a.data,
            a.start + row * a.first,
            a.first,
            a.second,
            b.data,
            b.start + column,
            b.first,
            c.data,
            c.start + row * c.first + column,
            c.first,
            steps,
            swap,
            accumulate);
      }
    }
    for (; column < columns; column += WIDTH) {
      for (int row = 0; row < rows; row += ROWS) {
        narrow(
            a.data,
            a.start + row * a.first,
            a.first,
            a.second,
            b.data,
            b.start + column,
            b.first,
            c.data,
            c.start + row * c.first + column,
            c.first,
            steps,
            swap,
            accumulate);
      }
    }
  }

  private static FloatVector load(float[] data, int at) {
    return FloatVector.fromArray(FLOATS, data, at);
  }

  private static FloatVector spread(float[] data, int at) {
    return FloatVector.broadcast(FLOATS, data[at]);
  }

  private static void wide(
      float[] a,
      int a0,
      int aRow,
      int aStep,
      float[] b,
      int b0,
      int bStep,
      float[] c,
      int c0,
      int cRow,
      int steps,
      int swap,
      boolean accumulate) {
    FloatVector x0 = FloatVector.zero(FLOATS);
    FloatVector x1 = x0;
    FloatVector x2 = x0;
    FloatVector x3 = x0;
    FloatVector x4 = x0;
    FloatVector x5 = x0;
    FloatVector x6 = x0;
    FloatVector x7 = x0;
    FloatVector y0 = x0;
    FloatVector y1 = x0;
    FloatVector y2 = x0;
    FloatVector y3 = x0;
    FloatVector y4 = x0;
    FloatVector y5 = x0;
    FloatVector y6 = x0;
    FloatVector y7 = x0;
    int c1 = c0 + WIDTH;
    if (accumulate) {
      x0 = load(c, c0);
      x1 = load(c, c0 + cRow);
      x2 = load(c, c0 + 2 * cRow);
      x3 = load(c, c0 + 3 * cRow);
      x4 = load(c, c0 + 4 * cRow);
      x5 = load(c, c0 + 5 * cRow);
      x6 = load(c, c0 + 6 * cRow);
      x7 = load(c, c0 + 7 * cRow);
      y0 = load(c, c1);
      y1 = load(c, c1 + cRow);
      y2 = load(c, c1 + 2 * cRow);
      y3 = load(c, c1 + 3 * cRow);
      y4 = load(c, c1 + 4 * cRow);
      y5 = load(c, c1 + 5 * cRow);
      y6 = load(c, c1 + 6 * cRow);
      y7 = load(c, c1 + 7 * cRow);
    }
    for (int k = 0; k < steps; k++) {
      int step = k ^ swap;
      int at = a0 + step * aStep;
      FloatVector p = load(b, b0 + step * bStep);
      FloatVector q = load(b, b0 + step * bStep + WIDTH);
      FloatVector v = spread(a, at);
      x0 = v.fma(p, x0);
      y0 = v.fma(q, y0);
      v = spread(a, at + aRow);
      x1 = v.fma(p, x1);
      y1 = v.fma(q, y1);
      v = spread(a, at + 2 * aRow);
      x2 = v.fma(p, x2);
      y2 = v.fma(q, y2);
      v = spread(a, at + 3 * aRow);
      x3 = v.fma(p, x3);
      y3 = v.fma(q, y3);
      v = spread(a, at + 4 * aRow);
      x4 = v.fma(p, x4);
      y4 = v.fma(q, y4);
      v = spread(a, at + 5 * aRow);
      x5 = v.fma(p, x5);
      y5 = v.fma(q, y5);
      v = spread(a, at + 6 * aRow);
      x6 = v.fma(p, x6);
      y6 = v.fma(q, y6);
      v = spread(a, at + 7 * aRow);
      x7 = v.fma(p, x7);
      y7 = v.fma(q, y7);
    }
    x0.intoArray(c, c0);
    x1.intoArray(c, c0 + cRow);
    x2.intoArray(c, c0 + 2 * cRow);
    x3.intoArray(c, c0 + 3 * cRow);
    x4.intoArray(c, c0 + 4 * cRow);
    x5.intoArray(c, c0 + 5 * cRow);
    x6.intoArray(c, c0 + 6 * cRow);
    x7.intoArray(c, c0 + 7 * cRow);
    y0.intoArray(c, c1);
    y1.intoArray(c, c1 + cRow);
    y2.intoArray(c, c1 + 2 * cRow);
    y3.intoArray(c, c1 + 3 * cRow);
    y4.intoArray(c, c1 + 4 * cRow);
    y5.intoArray(c, c1 + 5 * cRow);
    y6.intoArray(c, c1 + 6 * cRow);
    y7.intoArray(c, c1 + 7 * cRow);
  }

  private static void narrow(
      float[] a,
      int a0,
      int aRow,
      int aStep,
      float[] b,
      int b0,
      int bStep,
      float[] c,
      int c0,
      int cRow,
      int steps,
      int swap,
      boolean accumulate) {
    FloatVector x0 = FloatVector.zero(FLOATS);
    FloatVector x1 = x0;
    FloatVector x2 = x0;
    FloatVector x3 = x0;
    FloatVector x4 = x0;
    FloatVector x5 = x0;
    FloatVector x6 = x0;
    FloatVector x7 = x0;
    if (accumulate) {
      x0 = load(c, c0);
      x1 = load(c, c0 + cRow);
      x2 = load(c, c0 + 2 * cRow);
      x3 = load(c, c0 + 3 * cRow);
      x4 = load(c, c0 + 4 * cRow);
      x5 = load(c, c0 + 5 * cRow);
      x6 = load(c, c0 + 6 * cRow);
      x7 = load(c, c0 + 7 * cRow);
    }
    for (int k = 0; k < steps; k++) {
      int step = k ^ swap;
      int at = a0 + step * aStep;
      FloatVector p = load(b, b0 + step * bStep);
      x0 = spread(a, at).fma(p, x0);
      x1 = spread(a, at + aRow).fma(p, x1);
      x2 = spread(a, at + 2 * aRow).fma(p, x2);
      x3 = spread(a, at + 3 * aRow).fma(p, x3);
      x4 = spread(a, at + 4 * aRow).fma(p, x4);
      x5 = spread(a, at + 5 * aRow).fma(p, x5);
      x6 = spread(a, at + 6 * aRow).fma(p, x6);
      x7 = spread(a, at + 7 * aRow).fma(p, x7);
    }
    x0.intoArray(c, c0);
    x1.intoArray(c, c0 + cRow);
    x2.intoArray(c, c0 + 2 * cRow);
    x3.intoArray(c, c0 + 3 * cRow);
    x4.intoArray(c, c0 + 4 * cRow);
    x5.intoArray(c, c0 + 5 * cRow);
    x6.intoArray(c, c0 + 6 * cRow);
    x7.intoArray(c, c0 + 7 * cRow);
  }
}
