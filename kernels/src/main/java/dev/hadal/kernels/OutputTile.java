package dev.hadal.kernels;

import static dev.hadal.kernels.MatMulTile.COLUMNS;
import static dev.hadal.kernels.Simd.FLOATS;
import static dev.hadal.kernels.Simd.WIDTH;
import static dev.hadal.kernels.Simd.load;
import static dev.hadal.kernels.Simd.store;

import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/** The part of a product's output that one tile computes, moved between C and a block. */
final class OutputTile {
  private OutputTile() {}

  /** Reads rows x columns of C into a block of COLUMNS columns. */
  static void read(
      MemorySegment c, long at, long rowBytes, int rows, int columns, float[] block, int to) {
    if (columns == COLUMNS) {
      for (int r = 0; r < rows; r++) {
        long row = at + r * rowBytes;
        load(c, row).intoArray(block, to + r * COLUMNS);
        load(c, row + 4L * WIDTH).intoArray(block, to + r * COLUMNS + WIDTH);
      }
      return;
    }
    int whole = Simd.whole(columns);
    for (int r = 0; r < rows; r++) {
      long row = at + r * rowBytes;
      for (int n = 0; n < whole; n += WIDTH) {
        load(c, row + 4L * n).intoArray(block, to + r * COLUMNS + n);
      }
      for (int n = whole; n < columns; n++) {
        block[to + r * COLUMNS + n] = c.get(Tensor.FLOAT, row + 4L * n);
      }
    }
  }

  /** Writes rows x columns of a block to C. */
  static void write(
      float[] block, int from, MemorySegment c, long at, long rowBytes, int rows, int columns) {
    int whole = Simd.whole(columns);
    for (int r = 0; r < rows; r++) {
      long row = at + r * rowBytes;
      for (int n = 0; n < whole; n += WIDTH) {
        store(FloatVector.fromArray(FLOATS, block, from + r * COLUMNS + n), c, row + 4L * n);
      }
      for (int n = whole; n < columns; n++) {
        c.set(Tensor.FLOAT, row + 4L * n, block[from + r * COLUMNS + n]);
      }
    }
  }

  /** sums = fma(group, scaleA[row] * scaleB[column], sums), the product of scales rounded once. */
  static void promote(
      float[] group,
      float[] scalesA,
      int scalesAt,
      float[] scalesB,
      int rows,
      float[] sums,
      int to) {
    for (int n = 0; n < COLUMNS; n += WIDTH) {
      FloatVector right = FloatVector.fromArray(FLOATS, scalesB, n);
      for (int r = 0; r < rows; r++) {
        int at = r * COLUMNS + n;
        FloatVector scale = right.mul(scalesA[scalesAt + r]);
        FloatVector.fromArray(FLOATS, group, at)
            .fma(scale, FloatVector.fromArray(FLOATS, sums, to + at))
            .intoArray(sums, to + at);
      }
    }
  }
}
