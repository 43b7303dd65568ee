package dev.hadal.kernels;

/** The families of kernels, each served by one tier; products by one for each format. */
public enum KernelFamily {
  /** {@link MatMul} with FP32 operands. */
  PRODUCTS_FP32("products in FP32"),
  /** {@link MatMul} with BF16 operands. */
  PRODUCTS_BF16("products in BF16"),
  /** {@link MatMul} with FP8 operands. */
  PRODUCTS_FP8("products in FP8"),
  /** {@link MatMul} with small integers: {@link GroupedWeights} and {@link Matrix.Integers}. */
  PRODUCTS_INT8("products in INT8"),
  /** {@link Quantizer}. */
  CONVERSIONS("conversions"),
  /** {@link RmsNorm}. */
  NORMS("norms"),
  /** {@link SwiGlu}. */
  ACTIVATION("activation"),
  /** {@link RotaryEmbedding}. */
  POSITIONS("positions"),
  /** {@link CausalAttention}. */
  CAUSAL_ATTENTION("causal attention"),
  /** {@link LatentAttention}. */
  LATENT_ATTENTION("latent attention"),
  /** {@link Gate}. */
  GATE("gate"),
  /** {@link Permutation}. */
  PERMUTATION("permutation"),
  /** {@link Embedding}. */
  EMBEDDING("embedding"),
  /** {@link CrossEntropy}. */
  LOSS("loss"),
  /** {@link Elementwise}. */
  SUMS_AND_COPIES("sums and copies"),
  /** {@link Optimizer}. */
  OPTIMISER("optimiser");

  private final String label;

  KernelFamily(String label) {
    this.label = label;
  }

  /** The family, as people call it. */
  public String label() {
    return label;
  }

  /** The family of products of a kind. */
  static KernelFamily of(OperandKind kind) {
    return switch (kind) {
      case DENSE -> PRODUCTS_FP32;
      case BFLOAT -> PRODUCTS_BF16;
      case TILED -> PRODUCTS_FP8;
    };
  }
}
