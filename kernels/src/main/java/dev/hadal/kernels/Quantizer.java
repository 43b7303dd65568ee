package dev.hadal.kernels;

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
  Matrix.Tiled quantize(
      Tensor x_RC, Format format, Matrix.Tiling tiling, Scale scale, Workspace workspace);

  /** out [R, C] F32 = code * scale, rounded once. */
  void dequantize(Matrix.Tiled q, Tensor out_RC);

  /**
   * BF16 of F32 [R, C], ties to even; rounded magnitudes below 2^-50 become zero of the same sign.
   */
  Matrix.BFloat toBFloat16(Tensor x_RC, Workspace workspace);

  /** Rounds an F32 tensor in place to values that BF16 holds, without the flush. */
  void roundToBFloat16(Tensor x);

  /** F32 values of a BF16 tensor of the same number of elements; exact. */
  void fromBFloat16(Tensor source, Tensor out);
}
