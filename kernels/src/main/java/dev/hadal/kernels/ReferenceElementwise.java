package dev.hadal.kernels;

import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** {@link Elementwise}, an element or a row at a time. */
record ReferenceElementwise(Arithmetic arithmetic) implements Elementwise {
  @Override
  public void add(Tensor a, Tensor b, Tensor out) {
    long[] extents = a.shape().extents();
    arithmetic.require("elementwise.add a", a, extents);
    arithmetic.require("elementwise.add b", b, extents);
    arithmetic.require("elementwise.add out", out, extents);
    for (long i = 0; i < a.elements(); i++) {
      arithmetic.store(out, i, arithmetic.add(arithmetic.load(a, i), arithmetic.load(b, i)));
    }
  }

  @Override
  public void copyColumns(Tensor from, int fromColumn, Tensor to, int toColumn, int columns) {
    to.requireType("elementwise.copyColumns to", from.dtype());
    if (to.rows() != from.rows()
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
    for (int r = 0; r < from.rows(); r++) {
      MemorySegment.copy(
          from.data(),
          ((long) r * from.columns() + fromColumn) * bytes,
          to.data(),
          ((long) r * to.columns() + toColumn) * bytes,
          columns * bytes);
    }
  }
}
