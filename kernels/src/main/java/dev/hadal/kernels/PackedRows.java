package dev.hadal.kernels;

import dev.hadal.kernels.InterleaveFrame.Field;
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

  /** Tiles of columns that are packed together. */
  private static final int TOGETHER = 12;

  /** The height that divides so many rows into tiles most evenly. */
  static int height(int rows) {
    int tiles = (rows + ProductCode.TALLEST - 1) / ProductCode.TALLEST;
    return (rows + tiles - 1) / tiles;
  }

  /** Steps of so many elements of a contraction. */
  static int steps(OperandKind kind, int elements) {
    return kind == OperandKind.DENSE ? elements : (elements + 1) / 2;
  }

  /** Bytes of a packed row. */
  static long rowBytes(OperandKind kind, int depth) {
    return 4L * (kind == OperandKind.TILED ? 2 * kind.words(depth) : kind.words(depth));
  }

  /** Bytes from one tile to the next, with the gap. */
  long tileBytes() {
    return rowBytes(kind, depth) * height + GAP;
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

  /**
   * Tiles that are worth packing together: of columns so many that whole pieces of rows are read.
   */
  int atOnce() {
    return transposed ? TOGETHER : Math.max(1, (1 << 14) / (height * depth));
  }

  /** Packs some tiles, which no other member packs parts of. */
  void pack(
      int from,
      int to,
      PackingFunctions functions,
      InterleaveFrame frame,
      MemorySegment values,
      MemorySegment scales) {
    int whole = Math.clamp(rows / height, from, to);
    if (transposed) {
      interleave(from, whole, functions, frame, values);
      interleave(whole, to, functions, frame, values);
    } else {
      for (int tile = from; tile < to; tile++) {
        transpose(tile, functions, values);
      }
    }
    if (a instanceof Matrix.Tiled tiled) {
      for (int tile = from; tile < to; tile++) {
        packScales(tiled, tile, scales);
      }
    }
  }

  private void transpose(int tile, PackingFunctions functions, MemorySegment values) {
    int first = firstRow + tile * height;
    int tileRows = rowsOf(tile);
    Words words = Words.of(a);
    functions.transpose(
        kind == OperandKind.TILED,
        words.window(first, 0, tileRows, depth),
        words.rowBytes(),
        tileRows,
        (long) depth * words.bytes(),
        values.address() + offset(tile, 0),
        4L * tileRows);
  }

  /** Tiles of the same height. */
  private void interleave(
      int from, int to, PackingFunctions functions, InterleaveFrame frame, MemorySegment values) {
    if (from == to) {
      return;
    }
    int first = firstRow + from * height;
    int tileRows = rowsOf(from);
    int columns = (to - from) * tileRows;
    Words words = Words.of(a);
    long step = 4L * tileRows;
    boolean pairs = kind == OperandKind.TILED;
    frame
        .set(Field.FROM_TILE, (long) words.bytes() * tileRows)
        .set(Field.TO_STEP, step)
        .set(Field.TO_TILE, tileBytes() - (pairs ? step : 0))
        .set(Field.COLUMNS, (1L << tileRows) - 1);
    functions.interleave(
        kind,
        true,
        words.window(0, first, depth, columns),
        words.rowBytes(),
        depth,
        values.address() + offset(from, 0),
        pairs ? 2 * step : step,
        to - from,
        frame);
  }

  private void packScales(Matrix.Tiled tiled, int tile, MemorySegment scales) {
    int first = firstRow + tile * height;
    boolean together = transposed && tiled.tiling() == Matrix.Tiling.COLUMNS;
    for (int k = 0; k < depth; k += Matrix.Tiled.GROUP) {
      long to = scaleOffset(tile, k);
      if (together) {
        long from = 4L * ((long) (k / Matrix.Tiled.GROUP) * tiled.columns() + first);
        MemorySegment.copy(tiled.scales().data(), from, scales, to, 4L * rowsOf(tile));
        continue;
      }
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
