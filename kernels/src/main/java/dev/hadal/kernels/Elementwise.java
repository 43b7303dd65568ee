package dev.hadal.kernels;

import dev.hadal.tensor.Tensor;

/** Sums and copies that belong to no other family. Tensors of one call have the same float type. */
public interface Elementwise {
  /** out = a + b; out may be a or b. */
  void add(Tensor a, Tensor b, Tensor out);

  /** Copies a window of columns: to[r, toColumn + c] = from[r, fromColumn + c], c below columns. */
  void copyColumns(Tensor from, int fromColumn, Tensor to, int toColumn, int columns);
}
