package dev.hadal.kernels;

import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * Some rows of a left operand packed for {@link ProductCode}: tiles of {@code height} rows, the
 * last one of those that are left, each step by step, [steps, rows] words: FP32 elements or BF16
 * pairs. Vectors are stored in ascending order and run past a tile's end, so a gap follows each.
 *
 * @param a the operand
 * @param transposed whether A is [K, M]
 * @param kind the operand's kind
 * @param depth K
 * @param firstRow first row of the product
 * @param rows number of rows, above 0
 * @param height rows of all tiles but the last
 * @param at byte offset of the first tile
 * @param scalesAt byte offset of the first scale, [tiles, groups, rows of the tile]
 */
record PackedRows(
    Matrix a,
    boolean transposed,
    OperandKind kind,
    int depth,
    int firstRow,
    int rows,
    int height,
    long at,
    long scalesAt) {
  private static final int GAP = 64;

  /** What one member packs with. */
  static final class Scratch {
    private final int[] block = new int[Transposition.BLOCK];
    private final NativeBuffer words = new NativeBuffer();
  }

  /** The height that divides so many rows into tiles most evenly. */
  static int height(int rows) {
    int tiles = (rows + ProductCode.TALLEST - 1) / ProductCode.TALLEST;
    return (rows + tiles - 1) / tiles;
  }

  /** Steps of so many elements of a contraction. */
  static int steps(OperandKind kind, int elements) {
    return kind == OperandKind.DENSE ? elements : (elements + 1) / 2;
  }

  /** Bytes from one tile to the next, with the gap. */
  long tileBytes() {
    int stored = kind == OperandKind.TILED ? 2 * kind.words(depth) : kind.words(depth);
    return 4L * stored * height + GAP;
  }

  /** Bytes of all tiles, rounded up to whole cache lines. */
  long bytes() {
    long bytes = count() * tileBytes();
    return (bytes + GAP - 1) / GAP * GAP;
  }

  /** Bytes of all scales. */
  long scaleBytes() {
    return kind == OperandKind.TILED ? 4L * Matrix.Tiled.groups(depth) * rows : 0;
  }

  /** Bytes from the scales of one tile to those of the next. */
  long tileScaleBytes() {
    return 4L * Matrix.Tiled.groups(depth) * height;
  }

  /** The same rows at other offsets. */
  PackedRows at(long offset, long scaleOffset) {
    return new PackedRows(a, transposed, kind, depth, firstRow, rows, height, offset, scaleOffset);
  }

  int count() {
    return (rows + height - 1) / height;
  }

  int rowsOf(int tile) {
    return Math.min(height, rows - tile * height);
  }

  /** Offset of a tile from contraction index k, a multiple of 4. */
  long offset(int tile, int k) {
    return at + tile * tileBytes() + 4L * steps(kind, k) * rowsOf(tile);
  }

  /** Offset of the scales of a tile in the group of contraction index k. */
  long scaleOffset(int tile, int k) {
    return scalesAt + tile * tileScaleBytes() + 4L * (k / Matrix.Tiled.GROUP) * rowsOf(tile);
  }

  /** Packs a tile. */
  void pack(
      int tile,
      ProductFunctions functions,
      Scratch scratch,
      MemorySegment values,
      MemorySegment scales) {
    int tileRows = rowsOf(tile);
    if (kind != OperandKind.TILED) {
      words(tile, values, offset(tile, 0), scratch);
      return;
    }
    int words = kind.words(depth);
    MemorySegment codes = scratch.words.of(4L * words * tileRows + Words.SLACK);
    words(tile, codes, 0, scratch);
    long stride = 4L * tileRows;
    functions.toPairs(codes.address(), stride, values.address() + offset(tile, 0), stride, words);
    if (a instanceof Matrix.Tiled tiled) {
      packScales(tiled, tile, scales);
    }
  }

  private void words(int tile, MemorySegment to, long offset, Scratch scratch) {
    int first = firstRow + tile * height;
    int tileRows = rowsOf(tile);
    if (transposed) {
      Words.of(a).interleave(first, tileRows, depth, to, offset, tileRows);
    } else {
      Words.of(a).transpose(first, tileRows, depth, to, offset, tileRows, scratch.block);
    }
  }

  private void packScales(Matrix.Tiled tiled, int tile, MemorySegment scales) {
    int first = firstRow + tile * height;
    for (int k = 0; k < depth; k += Matrix.Tiled.GROUP) {
      long to = scaleOffset(tile, k);
      for (int r = 0; r < rowsOf(tile); r++) {
        float scale =
            transposed
                ? ReferenceQuantizer.scale(tiled, k, first + r)
                : ReferenceQuantizer.scale(tiled, first + r, k);
        scales.set(Tensor.FLOAT, to + 4L * r, scale);
      }
    }
  }
}
