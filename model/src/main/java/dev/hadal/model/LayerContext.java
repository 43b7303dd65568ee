package dev.hadal.model;

import dev.hadal.kernels.Kernels;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Workspace;

/**
 * What the layers of one model share while they run.
 *
 * @param kernels the tier
 * @param precision the arithmetic
 * @param saved memory of one micro-batch: what forward leaves for backward
 * @param scratch memory of one block's pass
 * @param recompute see {@link TrainingOptions}
 */
record LayerContext(
    Kernels kernels, Precision precision, Workspace saved, Workspace scratch, boolean recompute) {
  DType type() {
    return kernels.computeType();
  }

  boolean lowPrecision() {
    return precision != Precision.FP32;
  }

  Operands operands() {
    return new Operands(kernels.quantizer(), kernels.permutation(), scratch);
  }
}
