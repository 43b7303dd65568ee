package dev.hadal.kernels;

import static dev.hadal.kernels.Simd.WIDTH;

import java.util.Arrays;

/**
 * Products of small blocks in cache, for attention: C = A B or C += A B, each element one chain of
 * fused multiply-adds over the steps of the contraction.
 *
 * <p>Lanes run along the columns of B and C, elements of A are spread to all lanes; so A may be
 * read along rows or along columns, and no operand is ever packed ({@link BlockTile} has the inner
 * loops). Operands are heap arrays: with memory segments a method of this many vector operations
 * exceeds what C2 is willing to inline, and every vector is boxed.
 */
final class BlockProduct {
  /** At most so many vectors across a tile; fewer where registers are narrow, and few. */
  private static final int WIDEST = WIDTH == 16 ? 4 : 2;

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
    if (!accumulate) {
      for (int row = 0; row < rows; row++) {
        int start = c.start + row * c.first;
        Arrays.fill(c.data, start, start + columns, 0);
      }
    }
    int column = 0;
    while (column < columns) {
      int vectors = Math.min(WIDEST, (columns - column) / WIDTH);
      int rowsOfTile = BlockTile.rows(vectors);
      Operand bTile = new Operand(b.data, b.start + column, b.first);
      for (int row = 0; row < rows; row += rowsOfTile) {
        Operand aTile = new Operand(a.data, a.start + row * a.first, a.first, a.second);
        Operand cTile = new Operand(c.data, c.start + row * c.first + column, c.first);
        BlockTile.multiply(vectors, aTile, bTile, cTile, steps, swap);
      }
      column += vectors * WIDTH;
    }
  }
}
