package dev.hadal.model;

import java.util.Locale;

/**
 * The arithmetic of inference. Within a mode a result does not depend on the batch, on how a prompt
 * was cut, or on the kernels; between modes it does.
 */
public enum InferenceMode {
  /** Operands and latent cache as they are: FP32, or FP64 with the FP64 reference kernels. */
  EXACT,
  /** BF16 operands of linears, BF16 attention and cache, experts' results combined in BF16. */
  BF16,
  /**
   * As {@link #BF16}, but the linears of the blocks take E4M3 operands: weights in blocks of
   * 128x128, activations in tiles of 1x128, dispatched rows with power-of-two scales (DeepSeek-V3
   * report §3.3). The gate is FP32; embedding, head, the MTP projection and the absorbed attention
   * products are BF16.
   */
  FP8,
  /**
   * As {@link #BF16}, but linears that a file holds as small integers in groups stay so, and their
   * activations are bytes with one scale for 32: {@link dev.hadal.kernels.GroupedWeights}.
   */
  INT8;

  /** The mode of a name as {@link #label} writes it. */
  public static InferenceMode of(String label) {
    for (InferenceMode mode : values()) {
      if (mode.label().equals(label)) {
        return mode;
      }
    }
    throw new ModelException("inference mode: expected exact, bf16, fp8 or int8, found " + label);
  }

  /** The name in options and reports: {@code exact}, {@code bf16}, {@code fp8} or {@code int8}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether anything is rounded below the compute type. */
  boolean rounds() {
    return this != EXACT;
  }

  /** Whether weights of small integers stay what they are; other modes decode and round them. */
  public boolean keepsIntegers() {
    return this == EXACT || this == INT8;
  }

  /** Linears inside the blocks, but for weights of small integers where those are kept. */
  InferenceKind inBlocks() {
    return switch (this) {
      case EXACT -> InferenceKind.DENSE;
      case BF16, INT8 -> InferenceKind.BFLOAT;
      case FP8 -> InferenceKind.TILED;
    };
  }

  /** Embedding, head, MTP projection and the absorbed products of attention. */
  InferenceKind outsideBlocks() {
    return rounds() ? InferenceKind.BFLOAT : InferenceKind.DENSE;
  }
}
