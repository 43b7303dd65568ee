package dev.hadal.model;

/**
 * The arithmetic of training (DeepSeek-V3 report §3.3). In every mode the residual stream, results
 * of products, norms, gate, softmax, loss and master weights are FP32.
 */
public enum Precision {
  /** Nothing is rounded below the compute type of the kernels. */
  FP32,
  /** Operands of products and of attention in BF16; experts' results combined in BF16. */
  BF16,
  /**
   * As BF16, but operands of linears are E4M3 with 1x128 and 128x128 scales; embedding, head and
   * the MTP projection stay BF16.
   */
  FP8
}
