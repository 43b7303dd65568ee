package dev.hadal.kernels;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;

/** What every tier asks of its operands and parts of work, without the Vector API. */
final class Sizes {
  private Sizes() {}

  /** Fails unless the tensor is F32 of this shape. */
  static void require(String what, Tensor tensor, long... extents) {
    tensor.requireType(what, DType.F32);
    tensor.requireShape(what, extents);
  }

  /** Rows that are worth handing to another thread: about 4,096 elements. */
  static int grain(int columns) {
    return Math.max(1, 4096 / Math.max(1, columns));
  }
}
