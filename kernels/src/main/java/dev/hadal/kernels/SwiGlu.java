package dev.hadal.kernels;

import dev.hadal.tensor.Tensor;

/**
 * SiLU(gate) * up (DeepSeek-V3 repository, inference/model.py, MLP). With {@code s =
 * sigmoid(gate)}:
 */
public interface SwiGlu {
  /** {@code h = (gate * s) * up}, set. All [T, F]. */
  void forward(Tensor gate_TF, Tensor up_TF, Tensor h_TF);

  /**
   * {@code dup = dh * (gate * s)}; {@code dgate = (dh * up) * (s * fma(gate, 1 - s, 1))}, set. The
   * outputs may be the inputs gate and up.
   */
  void backward(Tensor gate_TF, Tensor up_TF, Tensor dh_TF, Tensor dgate_TF, Tensor dup_TF);
}
