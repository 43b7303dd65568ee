package dev.hadal.format;

import dev.hadal.numerics.E4M3;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Shape;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;

/**
 * FP8 weights of checkpoints: each 128x128 block of a matrix has one FP32 scale by which its codes
 * are <em>multiplied</em>, although files name it {@code weight_scale_inv}. Blocks at the lower and
 * right edges are partial. Source: DeepSeek-V3 repository, README_WEIGHTS.md and
 * inference/kernel.py.
 */
public final class BlockScaling {
  /** Rows and columns of a block. */
  public static final int BLOCK = 128;

  /** What a file appends to the name of an FP8 tensor to name its scales. */
  public static final String SUFFIX = "_scale_inv";

  private static final float LEAST_MAGNITUDE = 1e-4f;

  private BlockScaling() {}

  /**
   * A matrix in FP8.
   *
   * @param codes F8_E4M3 [R, C]
   * @param scaleInv F32 [ceil(R/128), ceil(C/128)]
   */
  public record Quantized(Tensor codes, Tensor scaleInv) {}

  /** The shape of the scales of a matrix [R, C]. */
  public static Shape scaleShape(Shape matrix) {
    return Shape.of(Math.ceilDiv(matrix.extent(0), BLOCK), Math.ceilDiv(matrix.extent(1), BLOCK));
  }

  /**
   * The matrix [R, C] that codes and scales stand for: the product of code and scale, in F32
   * rounded once, in F64 exact.
   *
   * @param codes F8_E4M3 or F8_E5M2 [R, C]
   * @param scaleInv F32 [ceil(R/128), ceil(C/128)]
   * @param target F32 or F64
   */
  public static Tensor dequantize(Tensor codes, Tensor scaleInv, DType target, Arena arena) {
    requireMatrix(codes);
    scaleInv.requireType("scale_inv", DType.F32);
    scaleInv.requireShape("scale_inv", scaleShape(codes.shape()).extents());
    if (!target.isCompute()) {
      throw new IllegalArgumentException("dequantize: expected F32 or F64, got " + target);
    }
    Tensor out = Tensor.allocate(arena, target, codes.shape().extents());
    int columns = codes.columns();
    float[] row = new float[columns];
    for (long r = 0; r < codes.rows(); r++) {
      TensorConversion.read(codes, r * columns, columns, row);
      long scales = r / BLOCK * scaleInv.columns();
      for (int c = 0; c < columns; c++) {
        float scale = scaleInv.getFloat(scales + c / BLOCK);
        if (target == DType.F32) {
          out.setFloat(r * columns + c, row[c] * scale);
        } else {
          out.setDouble(r * columns + c, (double) row[c] * scale);
        }
      }
    }
    return out;
  }

  /**
   * A matrix in E4M3: in each block a = max(largest magnitude, 1e-4), scale = a / 448, code =
   * encode(x / scale). Values must be finite.
   *
   * @param matrix [R, C] of any floating-point type; F64 is rounded to F32 first
   */
  public static Quantized quantize(Tensor matrix, Arena arena) {
    requireMatrix(matrix);
    Tensor codes = Tensor.allocate(arena, DType.F8_E4M3, matrix.shape().extents());
    Tensor scales = Tensor.allocate(arena, DType.F32, scaleShape(matrix.shape()).extents());
    try (Arena scratch = Arena.ofShared()) {
      for (int row = 0; row < matrix.rows(); row += BLOCK) {
        int end = Math.min(row + BLOCK, matrix.rows());
        Tensor band = TensorConversion.convert(matrix.slice(row, end), DType.F32, scratch);
        long scaleRow = (long) (row / BLOCK) * scales.columns();
        for (int block = 0; block < scales.columns(); block++) {
          float scale = quantizeBlock(band, block, codes.slice(row, end));
          scales.setFloat(scaleRow + block, scale);
        }
      }
    }
    return new Quantized(codes, scales);
  }

  private static float quantizeBlock(Tensor band, int block, Tensor codes) {
    int columns = band.columns();
    int from = block * BLOCK;
    int to = Math.min(from + BLOCK, columns);
    float largest = LEAST_MAGNITUDE;
    for (long r = 0; r < band.rows(); r++) {
      for (int c = from; c < to; c++) {
        largest = Math.max(largest, Math.abs(band.getFloat(r * columns + c)));
      }
    }
    if (!Float.isFinite(largest)) {
      throw new IllegalArgumentException("quantize: expected finite values, got " + largest);
    }
    float scale = largest / E4M3.LARGEST;
    for (long r = 0; r < band.rows(); r++) {
      for (int c = from; c < to; c++) {
        byte code = E4M3.encode(band.getFloat(r * columns + c) / scale);
        codes.data().set(Tensor.BYTE, r * columns + c, code);
      }
    }
    return scale;
  }

  private static void requireMatrix(Tensor tensor) {
    if (tensor.shape().axes() != 2) {
      throw new IllegalArgumentException("block scales: expected a matrix, got " + tensor.shape());
    }
  }
}
