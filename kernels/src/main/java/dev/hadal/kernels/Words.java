package dev.hadal.kernels;

import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A matrix of 1-, 2- or 4-byte elements read as 32-bit words along its contraction and written with
 * the lanes of vectors along its other axis. Bits are moved, never changed.
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
    };
  }

  /**
   * Rows become columns: word w of row {@code first + lane} goes to {@code to[w * stride + lane]}.
   *
   * @param depth elements of a row that are read; the last word is filled with zeros
   * @param stride words from one step of the target to the next
   */
  void transpose(int first, int rows, int depth, MemorySegment to, long toOffset, int stride) {
    int whole = depth * bytes / 4;
    int rest = depth * bytes % 4;
    for (int r = 0; r < rows; r++) {
      long row = start + (first + r) * rowBytes;
      long target = toOffset + 4L * r;
      for (int w = 0; w < whole; w++) {
        to.set(Tensor.INT, target + 4L * w * stride, data.get(Tensor.INT, row + 4L * w));
      }
      if (rest > 0) {
        int word = 0;
        for (int b = 0; b < rest; b++) {
          word |= (data.get(ValueLayout.JAVA_BYTE, row + 4L * whole + b) & 0xFF) << (8 * b);
        }
        to.set(Tensor.INT, target + 4L * whole * stride, word);
      }
    }
  }

  /**
   * Columns stay columns: the elements of as many consecutive rows as a word holds are joined to
   * one, {@code to[w * stride + lane]} from column {@code first + lane}.
   *
   * @param depth rows that are read; the last word is filled with zeros
   */
  void interleave(int first, int columns, int depth, MemorySegment to, long toOffset, int stride) {
    int elements = 4 / bytes;
    for (int k = 0; k < depth; k += elements) {
      long target = toOffset + 4L * (k / elements) * stride;
      long row = start + k * rowBytes + (long) first * bytes;
      if (bytes == 4) {
        MemorySegment.copy(data, row, to, target, 4L * columns);
      } else {
        join(row, columns, Math.min(elements, depth - k), to, target);
      }
    }
  }

  private void join(long row, int columns, int rows, MemorySegment to, long target) {
    for (int c = 0; c < columns; c++) {
      int word = 0;
      for (int r = 0; r < rows; r++) {
        long at = row + r * rowBytes + (long) c * bytes;
        word |=
            bytes == 2
                ? (data.get(Tensor.SHORT, at) & 0xFFFF) << (16 * r)
                : (data.get(ValueLayout.JAVA_BYTE, at) & 0xFF) << (8 * r);
      }
      to.set(Tensor.INT, target + 4L * c, word);
    }
  }
}
