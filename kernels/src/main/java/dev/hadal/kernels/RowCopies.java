package dev.hadal.kernels;

import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * Copies of rows and windows, spread over a team: what {@link Permutation#gather} and {@link
 * Elementwise#copyColumns} are in every fast tier. The JVM's copy is machine code already, as wide
 * as the processor's registers, so nothing is generated for it.
 */
final class RowCopies {
  private RowCopies() {}

  /** {@link Permutation#gather}. */
  static void gather(ThreadTeam team, Tensor x_TD, int[] rows, Tensor out_RD) {
    out_RD.requireType("gather out", x_TD.dtype());
    out_RD.requireShape("gather out", rows.length, x_TD.columns());
    long bytes = (long) x_TD.dtype().bytes() * x_TD.columns();
    for (int row : rows) {
      if (row < 0 || row >= x_TD.rows()) {
        throw new IllegalArgumentException(
            "gather: expected rows below %d, got %d".formatted(x_TD.rows(), row));
      }
    }
    team.split(
        rows.length,
        Sizes.grain(x_TD.columns()),
        (from, to) -> {
          for (int r = from; r < to; r++) {
            MemorySegment.copy(x_TD.data(), rows[r] * bytes, out_RD.data(), r * bytes, bytes);
          }
        });
  }

  /** {@link Elementwise#copyColumns}. */
  static void columns(
      ThreadTeam team, Tensor from, int fromColumn, Tensor to, int toColumn, int columns) {
    to.requireType("elementwise.copyColumns to", from.dtype());
    int rows = from.rows();
    if (to.rows() != rows
        || fromColumn < 0
        || toColumn < 0
        || columns < 0
        || fromColumn + columns > from.columns()
        || toColumn + columns > to.columns()) {
      throw new IllegalArgumentException(
          "copyColumns: %d columns from %d of %s to %d of %s"
              .formatted(columns, fromColumn, from.shape(), toColumn, to.shape()));
    }
    long bytes = from.dtype().bytes();
    long fromRow = bytes * from.columns();
    long toRow = bytes * to.columns();
    team.split(
        rows,
        Sizes.grain(columns),
        (first, last) -> {
          for (int r = first; r < last; r++) {
            MemorySegment.copy(
                from.data(),
                r * fromRow + bytes * fromColumn,
                to.data(),
                r * toRow + bytes * toColumn,
                bytes * columns);
          }
        });
  }
}
