package dev.hadal.kernels;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;

/**
 * Conversions between FP32 values and the low-precision formats of the recipe (DeepSeek-V3 report
 * §3.3). Element-wise but for the largest magnitude of a tile, hence the same bits in any order.
 */
public interface Quantizer {
  /** How a tile's scale is made from a = max(largest magnitude, 1e-4). */
  enum Scale {
    /** a / largest finite value of the format. */
    FP32,
    /** The smallest power of two not below that. */
    POWER_OF_TWO
  }

  /** The format of codes. */
  enum Format {
    /** One byte. */
    E4M3,
    /** Twelve bits in an I16. */
    E5M6
  }

  /**
   * Quantizes F32 [R, C]: code = encode(x / scale), saturating, ties to even. A tile that holds NaN
   * has scale NaN and NaN codes.
   */
  default Matrix.Tiled quantize(
      Tensor x_RC, Format format, Matrix.Tiling tiling, Scale scale, Workspace workspace) {
    Matrix.Tiled q = empty(format, tiling, x_RC.rows(), x_RC.columns(), workspace);
    quantize(x_RC, scale, q);
    return q;
  }

  /** The same into memory that exists, whose format and tiling count. */
  void quantize(Tensor x_RC, Scale scale, Matrix.Tiled into);

  /** The same of the values rounded to BF16, which x itself is not. */
  default Matrix.Tiled quantizeRounded(
      Tensor x_RC, Format format, Matrix.Tiling tiling, Scale scale, Workspace workspace) {
    Matrix.Tiled q = empty(format, tiling, x_RC.rows(), x_RC.columns(), workspace);
    Workspace.Mark mark = workspace.mark();
    Tensor rounded = workspace.take(DType.F32, x_RC.rows(), x_RC.columns());
    rounded.copyFrom(x_RC);
    roundToBFloat16(rounded);
    quantize(rounded, scale, q);
    workspace.release(mark);
    return q;
  }

  /** Quantizes the values of quantized ones, as {@link #dequantize} gives them, anew. */
  default Matrix.Tiled requantize(
      Matrix.Tiled q, Format format, Matrix.Tiling tiling, Scale scale, Workspace workspace) {
    Matrix.Tiled result = empty(format, tiling, q.rows(), q.columns(), workspace);
    Workspace.Mark mark = workspace.mark();
    Tensor values = workspace.take(DType.F32, q.rows(), q.columns());
    dequantize(q, values);
    quantize(values, scale, result);
    workspace.release(mark);
    return result;
  }

  /** The same values with tiles along rows and with tiles along columns. */
  record RowsAndColumns(Matrix.Tiled rows, Matrix.Tiled columns) {}

  /** Quantizes F32 [R, C] in both tilings: the operands of Dgrad and Wgrad. */
  default RowsAndColumns quantizeRowsAndColumns(
      Tensor x_RC, Format format, Scale scale, Workspace workspace) {
    return new RowsAndColumns(
        quantize(x_RC, format, Matrix.Tiling.ROWS, scale, workspace),
        quantize(x_RC, format, Matrix.Tiling.COLUMNS, scale, workspace));
  }

  /** Memory for a result. */
  static Matrix.Tiled empty(
      Format format, Matrix.Tiling tiling, int rows, int columns, Workspace workspace) {
    int scaleRows = tiling == Matrix.Tiling.ROWS ? rows : Matrix.Tiled.groups(rows);
    int scaleColumns = tiling == Matrix.Tiling.COLUMNS ? columns : Matrix.Tiled.groups(columns);
    DType type = format == Format.E4M3 ? DType.F8_E4M3 : DType.I16;
    Tensor codes = workspace.take(type, rows, columns);
    return new Matrix.Tiled(codes, workspace.take(DType.F32, scaleRows, scaleColumns), tiling);
  }

  /** The format of a matrix. */
  static Format formatOf(Matrix.Tiled q) {
    return q.codes().dtype() == DType.F8_E4M3 ? Format.E4M3 : Format.E5M6;
  }

  /** out [R, C] F32 = code * scale, rounded once. */
  void dequantize(Matrix.Tiled q, Tensor out_RC);

  /**
   * BF16 of F32 [R, C], ties to even; rounded magnitudes below 2^-50 become zero of the same sign.
   */
  Matrix.BFloat toBFloat16(Tensor x_RC, Workspace workspace);

  /**
   * Activations [R, C] of F32 in bytes: of each 32 elements a = largest magnitude, scale = a / 127,
   * code = round(x * (127 / a)), ties to even. Magnitudes below 2^-120 count as zero where they are
   * the largest. A group that is not finite has scale NaN.
   */
  Matrix.Integers toIntegers(Tensor x_RC, Workspace workspace);

  /** Rounds an F32 tensor in place to values that BF16 holds, without the flush. */
  void roundToBFloat16(Tensor x);

  /** F32 values of a BF16 tensor of the same number of elements; exact. */
  void fromBFloat16(Tensor source, Tensor out);
}
