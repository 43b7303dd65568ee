package dev.hadal.kernels;

import static dev.hadal.kernels.Simd.WIDTH;

import java.lang.foreign.MemorySegment;

/**
 * Some rows of a left operand packed for {@link VectorMatMul}: tiles of {@code tallest} rows, each
 * decoded to FP32 and laid out step by step in the order of additions; the last tile as tall as its
 * rows need. Rows that only fill a tile are zero.
 *
 * @param a the operand
 * @param transposed whether A is [K, M]
 * @param kind the operand's kind
 * @param depth K
 * @param firstRow first row of the product
 * @param rows number of rows, above 0
 * @param tallest rows of all tiles but the last
 * @param at where the values start in the shared array
 * @param scalesAt where the scales start in theirs, [tiles, groups, height]
 */
record RowTiles(
    Matrix a,
    boolean transposed,
    OperandKind kind,
    int depth,
    int firstRow,
    int rows,
    int tallest,
    int at,
    int scalesAt) {

  /** The number of tiles. */
  int count() {
    return (rows + tallest - 1) / tallest;
  }

  /** Rows of a tile that exist. */
  int rowsOf(int tile) {
    return Math.min(tallest, rows - tile * tallest);
  }

  /** Rows of a tile in the layout. */
  int height(int tile) {
    return MatMulTile.height(rowsOf(tile));
  }

  /** Floats of the values of so many rows. */
  static long values(OperandKind kind, int depth, int rows, int tallest) {
    int last = rows % tallest;
    int lanes = rows - last + (last == 0 ? 0 : MatMulTile.height(last));
    return (long) lanes * kind.steps(depth);
  }

  /** Where the values of a tile start at contraction index k, which is even. */
  int at(int tile, int k) {
    return at + tile * tallest * kind.steps(depth) + k * height(tile);
  }

  /** Where the scales of a tile start in the group of contraction index k. */
  int scalesAt(int tile, int k) {
    return scalesAt
        + tile * tallest * Matrix.Tiled.groups(depth)
        + k / Matrix.Tiled.GROUP * height(tile);
  }

  /** Bytes of the words of a tile, with what packing may overwrite. */
  static long wordBytes(OperandKind kind, int depth) {
    return 4L * kind.words(depth) * MatMulTile.TALLEST + VectorWords.SLACK;
  }

  /**
   * Packs some tiles.
   *
   * @param words scratch of {@link #wordBytes}
   * @param block scratch of {@link Transposition#BLOCK}
   */
  void pack(int from, int to, MemorySegment words, int[] block, float[] values, float[] scales) {
    int whole = from;
    if (kind == OperandKind.DENSE && (WIDTH >= tallest || tallest % WIDTH == 0)) {
      whole = Math.max(from, Math.min(to, rows / tallest));
      packDense(from, whole, block, values);
    }
    for (int tile = whole; tile < to; tile++) {
      pack(tile, words, block, values, scales);
    }
  }

  /** Tiles whose rows all exist and whose words are their values need no step in between. */
  private void packDense(int from, int to, int[] block, float[] values) {
    int first = firstRow + from * tallest;
    int size = tallest * depth;
    if (transposed) {
      VectorWords.of(a).gather(first, to - from, tallest, depth, values, at(from, 0));
      return;
    }
    for (int tile = from; tile < to; tile++) {
      VectorWords.of(a)
          .transpose(firstRow + tile * tallest, tallest, depth, values, at + tile * size, block);
    }
  }

  private void pack(int tile, MemorySegment words, int[] block, float[] values, float[] scales) {
    int height = height(tile);
    int tileRows = rowsOf(tile);
    int first = firstRow + tile * tallest;
    if (transposed) {
      VectorWords.of(a).interleave(first, tileRows, depth, words, 0, height);
    } else {
      VectorWords.of(a).transpose(first, tileRows, depth, words, 0, height, block);
    }
    WordDecoding.decodeTile(kind, words, kind.steps(depth), height, values, at(tile, 0));
    if (a instanceof Matrix.Tiled tiled) {
      packScales(tiled, tile, first, tileRows, scales);
    }
  }

  private void packScales(Matrix.Tiled tiled, int tile, int first, int tileRows, float[] scales) {
    for (int k = 0; k < depth; k += Matrix.Tiled.GROUP) {
      int to = scalesAt(tile, k);
      for (int r = 0; r < tileRows; r++) {
        scales[to + r] =
            transposed
                ? ReferenceQuantizer.scale(tiled, k, first + r)
                : ReferenceQuantizer.scale(tiled, first + r, k);
      }
    }
  }
}
