package dev.hadal.kernels;

import java.lang.foreign.MemorySegment;

/**
 * A matrix of 1-, 2- or 4-byte elements, which packing reads as 32-bit words along its contraction.
 *
 * @param data the elements
 * @param start byte offset of element (0, 0)
 * @param rowBytes bytes from one row to the next
 * @param bytes bytes of an element
 */
record Words(MemorySegment data, long start, long rowBytes, int bytes) {
  /** The elements of an operand. */
  static Words of(Matrix matrix) {
    return switch (matrix) {
      case Matrix.Dense dense ->
          new Words(dense.values().data(), 4L * dense.fromColumn(), 4L * dense.rowStride(), 4);
      case Matrix.BFloat bfloat -> new Words(bfloat.values().data(), 0, 2L * bfloat.columns(), 2);
      case Matrix.Tiled tiled -> new Words(tiled.codes().data(), 0, tiled.columns(), 1);
      case Matrix.Integers integers -> new Words(integers.codes().data(), 0, integers.columns(), 1);
    };
  }

  /**
   * Address of an element, after a check that a window from it on lies in memory that code reaches.
   *
   * @param rows of the window, above 0
   * @param columns of the window
   */
  long window(int row, int column, int rows, int columns) {
    long length = (rows - 1) * rowBytes + (long) columns * bytes;
    return Addresses.of(
        "product", data.asSlice(start + row * rowBytes + (long) column * bytes, length));
  }
}
