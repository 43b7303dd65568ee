package dev.hadal.kernels;

import dev.hadal.numerics.E4M3;
import dev.hadal.tensor.Tensor;
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

  /** Packs one tile. */
  void pack(int tile, MemorySegment words, float[] values, float[] scales) {
    int height = height(tile);
    int tileRows = rowsOf(tile);
    int first = firstRow + tile * tallest;
    words.asSlice(0, 4L * kind.words(depth) * height).fill((byte) 0);
    if (transposed) {
      Words.of(a).interleave(first, tileRows, depth, words, 0, height);
    } else {
      Words.of(a).transpose(first, tileRows, depth, words, 0, height);
    }
    int to = at(tile, 0);
    int steps = kind.steps(depth);
    switch (kind) {
      case DENSE -> MemorySegment.copy(words, Tensor.FLOAT, 0, values, to, steps * height);
      case BFLOAT -> {
        for (int i = 0; i < steps / 2; i++) {
          for (int r = 0; r < height; r++) {
            int pair = words.get(Tensor.INT, 4L * (i * height + r));
            values[to + 2 * i * height + r] = Float.intBitsToFloat(pair & 0xFFFF0000);
            values[to + (2 * i + 1) * height + r] = Float.intBitsToFloat(pair << 16);
          }
        }
      }
      case TILED -> {
        for (int k = 0; k < steps; k++) {
          int element = k ^ 1;
          for (int r = 0; r < height; r++) {
            int quad = words.get(Tensor.INT, 4L * (k / 4 * height + r));
            values[to + k * height + r] = E4M3.decode((byte) (quad >> (8 * (element % 4))));
          }
        }
      }
    }
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
