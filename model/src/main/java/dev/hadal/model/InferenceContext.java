package dev.hadal.model;

import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.MatMul;
import dev.hadal.kernels.Matrix;
import dev.hadal.kernels.Quantizer;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;

/**
 * What the layers of one inference model share while they run.
 *
 * @param matMul the kernels' own, or one that looks at what is multiplied
 */
record InferenceContext(Kernels kernels, InferenceMode mode, Workspace scratch, MatMul matMul) {
  InferenceContext(Kernels kernels, InferenceMode mode, Workspace scratch) {
    this(kernels, mode, scratch, kernels.matMul());
  }

  DType type() {
    return kernels.computeType();
  }

  Operands operands() {
    return new Operands(kernels.quantizer(), kernels.permutation(), scratch);
  }

  /** A left operand with FP32 scales, in scratch memory. */
  Matrix operand(InferenceKind kind, Tensor x) {
    return operand(kind, x, Quantizer.Scale.FP32);
  }

  /**
   * The same.
   *
   * @param scale of E4M3 codes
   */
  Matrix operand(InferenceKind kind, Tensor x, Quantizer.Scale scale) {
    return switch (kind) {
      case DENSE -> operands().rows(LinearKind.DENSE, x, scratch);
      case BFLOAT -> operands().rows(LinearKind.BFLOAT, x, scratch);
      case TILED -> operands().rows(LinearKind.TILED, x, scale, scratch);
      case INTEGER -> kernels.quantizer().toIntegers(x, scratch);
    };
  }

  Tensor take(long... extents) {
    return scratch.take(type(), extents);
  }

  /** Rows of the embedding table in the compute type. */
  Tensor embed(Tensor table, int[] tokens) {
    Tensor x_TD = take(tokens.length, table.columns());
    if (table.dtype() == DType.BF16) {
      Tensor rows = scratch.take(DType.BF16, tokens.length, table.columns());
      kernels.permutation().gather(table, tokens, rows);
      kernels.quantizer().fromBFloat16(rows, x_TD);
    } else {
      kernels.embedding().forward(table, tokens, false, x_TD);
    }
    return x_TD;
  }

  /** y = x / rms(x) * w. */
  Tensor norm(Tensor x_TD, Tensor w_D, double eps) {
    Tensor y_TD = take(x_TD.rows(), x_TD.columns());
    Tensor r_T = take(x_TD.rows());
    kernels.rmsNorm().forward(x_TD, w_D, eps, y_TD, r_T);
    return y_TD;
  }
}
