package dev.hadal.model;

import dev.hadal.kernels.Matrix;
import dev.hadal.kernels.Permutation;
import dev.hadal.kernels.Quantizer;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;

/**
 * Turns activations and gradients into operands of products. The recipe tiles every operand along
 * the contraction (DeepSeek-V3 report §3.3.2 and §3.3.3): X and dY in rows of 128 for Fprop and
 * Dgrad, in columns of 128 tokens for Wgrad, where X comes from its FP8 cache.
 */
record Operands(Quantizer quantizer, Permutation permutation, Workspace scratch) {

  /** The left operand of Fprop and Dgrad. */
  Matrix rows(LinearKind kind, Tensor x, Quantizer.Scale scale, Workspace workspace) {
    return switch (kind) {
      case DENSE -> new Matrix.Dense(x);
      case BFLOAT -> quantizer.toBFloat16(x, workspace);
      case TILED ->
          quantizer.quantize(x, Quantizer.Format.E4M3, Matrix.Tiling.ROWS, scale, workspace);
    };
  }

  /** The same with FP32 scales. */
  Matrix rows(LinearKind kind, Tensor x, Workspace workspace) {
    return rows(kind, x, Quantizer.Scale.FP32, workspace);
  }

  /** A Wgrad operand made from a tensor itself. */
  Matrix columns(LinearKind kind, Tensor x, Quantizer.Scale scale) {
    return kind == LinearKind.TILED
        ? quantizer.quantize(x, Quantizer.Format.E4M3, Matrix.Tiling.COLUMNS, scale, scratch)
        : rows(kind, x, scratch);
  }

  /** A gradient as operands of Dgrad and Wgrad. */
  record Gradient(Matrix rows, Matrix columns) {}

  /** Both operands of a gradient, tiled in one pass. */
  Gradient gradient(LinearKind kind, Tensor dy) {
    if (kind != LinearKind.TILED) {
      Matrix both = rows(kind, dy, scratch);
      return new Gradient(both, both);
    }
    Quantizer.RowsAndColumns both =
        quantizer.quantizeRowsAndColumns(dy, Quantizer.Format.E4M3, Quantizer.Scale.FP32, scratch);
    return new Gradient(both.rows(), both.columns());
  }

  /** The Wgrad operand of a gradient whose Dgrad operand exists. */
  Matrix columns(Tensor dy, Matrix rows) {
    return switch (rows) {
      case Matrix.Dense dense -> dense;
      case Matrix.BFloat bfloat -> bfloat;
      case Matrix.Tiled _ -> columns(LinearKind.TILED, dy, Quantizer.Scale.FP32);
      case Matrix.Integers _ -> throw inferenceOnly();
    };
  }

  /** The Wgrad operand made from a cached Fprop operand. */
  Matrix regroup(Matrix cached) {
    return switch (cached) {
      case Matrix.Dense dense -> dense;
      case Matrix.BFloat bfloat -> bfloat;
      case Matrix.Tiled tiled ->
          quantizer.requantize(
              tiled, Quantizer.Format.E4M3, Matrix.Tiling.COLUMNS, Quantizer.Scale.FP32, scratch);
      case Matrix.Integers _ -> throw inferenceOnly();
    };
  }

  /** The FP32 values of a cached tensor. */
  Tensor restore(Matrix cached) {
    return switch (cached) {
      case Matrix.Dense dense -> dense.values();
      case Matrix.BFloat bfloat -> {
        Tensor out = scratch.take(DType.F32, bfloat.rows(), bfloat.columns());
        quantizer.fromBFloat16(bfloat.values(), out);
        yield out;
      }
      case Matrix.Tiled tiled -> {
        Tensor out = scratch.take(DType.F32, tiled.rows(), tiled.columns());
        quantizer.dequantize(tiled, out);
        yield out;
      }
      case Matrix.Integers _ -> throw inferenceOnly();
    };
  }

  /** The chosen rows of an operand with row tiles. */
  Matrix gather(Matrix x, int[] rows) {
    return switch (x) {
      case Matrix.Dense dense -> new Matrix.Dense(gather(dense.values(), rows));
      case Matrix.BFloat bfloat -> new Matrix.BFloat(gather(bfloat.values(), rows));
      case Matrix.Tiled tiled ->
          new Matrix.Tiled(
              gather(tiled.codes(), rows), gather(tiled.scales(), rows), Matrix.Tiling.ROWS);
      case Matrix.Integers integers ->
          new Matrix.Integers(gather(integers.codes(), rows), gather(integers.scales(), rows));
    };
  }

  private static IllegalStateException inferenceOnly() {
    return new IllegalStateException("operands in bytes are of inference only");
  }

  private Tensor gather(Tensor x, int[] rows) {
    Tensor out = scratch.take(x.dtype(), rows.length, x.columns());
    permutation.gather(x, rows, out);
    return out;
  }
}
