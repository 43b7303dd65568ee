package dev.hadal.model;

import dev.hadal.kernels.MatMul;
import dev.hadal.kernels.Matrix;
import dev.hadal.tensor.Tensor;

/** y = x W^T with a packed weight. */
record InferenceLinear(MatMul.Packed packed, InferenceKind kind) {
  int outputs() {
    return packed.outputs();
  }

  int inputs() {
    return packed.depth();
  }

  /** The product as a job, so that several can run in one call. */
  MatMul.Job job(Matrix x, Tensor y) {
    return MatMul.Job.of(x, packed, y);
  }
}
