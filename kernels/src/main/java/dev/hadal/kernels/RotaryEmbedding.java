package dev.hadal.kernels;

import dev.hadal.tensor.Tensor;

/**
 * Rotary positions on interleaved pairs (x0, x1), (x2, x3), … (DeepSeek-V3 repository,
 * inference/model.py, apply_rotary_emb).
 */
public interface RotaryEmbedding {
  /**
   * Rotates in place: {@code x0' = fma(x0, cos, -(x1 * sin))}, {@code x1' = fma(x0, sin, x1 *
   * cos)}; the inverse (the gradient) with sin negated.
   *
   * @param x [T, columns]
   * @param heads number of rotated parts in a row
   * @param headStride elements from one head to the next
   * @param offset first rotated element of head 0
   * @param cos_PR2 [positions, R/2], in x's type
   * @param sin_PR2 the same
   * @param positions_T the position of each row
   * @param inverse whether to rotate back
   */
  void rotate(
      Tensor x,
      int heads,
      int headStride,
      int offset,
      Tensor cos_PR2,
      Tensor sin_PR2,
      int[] positions_T,
      boolean inverse);
}
