package dev.hadal.kernels;

import dev.hadal.tensor.Tensor;

/**
 * Root-mean-square normalisation, y = x / sqrt(mean(x^2) + eps) * w (DeepSeek-V3 repository,
 * inference/model.py). Tensors are F32, or F64 in the FP64 reference.
 *
 * <p>Order of operations, which fixes the bits: {@code ss} = sum of squares by fma in the 16-lane
 * layout ({@code dev.hadal.numerics.Lanes}); {@code r = 1 / sqrt(ss / D + eps)}; {@code y = (x * r)
 * * w}.
 */
public interface RmsNorm {
  /**
   * Forward.
   *
   * @param x_TD input
   * @param w_D weight
   * @param eps added to the mean square
   * @param y_TD result, set; may be x_TD
   * @param r_T the factors r, set, kept for backward
   */
  void forward(Tensor x_TD, Tensor w_D, double eps, Tensor y_TD, Tensor r_T);

  /**
   * Input gradient: {@code g = dy * w}; {@code s} = sum of g * x by fma in the 16-lane layout;
   * {@code c = ((s * r) * r) / D}; {@code dx = r * fma(-x, c, g)}, set, or added to what dx holds.
   */
  void backwardInput(Tensor x_TD, Tensor w_D, Tensor r_T, Tensor dy_TD, Tensor dx_TD, boolean add);

  /** Weight gradient: {@code dw_j = fma(dy_tj, x_tj * r_t, dw_j)} over ascending t from +0, set. */
  void backwardWeight(Tensor x_TD, Tensor r_T, Tensor dy_TD, Tensor dw_D);
}
