package dev.hadal.model;

import java.util.Locale;

/**
 * What a training step needs beside the optimiser's state, computed from the shapes before anything
 * is allocated.
 *
 * @param parameters master weights in FP32, the MTP layer's included
 * @param packed rounded and packed weights, in both directions
 * @param activations what forward leaves for backward
 * @param scratch the largest temporary need: one block's backward pass, the head, or packing
 */
public record MemoryPlan(long parameters, long packed, long activations, long scratch) {

  /** All parts together, in bytes. */
  public long total() {
    return parameters + packed + activations + scratch;
  }

  /** What the model's workspaces need: all but the parameters. */
  public long workspace() {
    return packed + activations + scratch;
  }

  /** One line with the parts in megabytes. */
  public String describe() {
    return String.format(
        Locale.ROOT,
        "parameters %,d MB, packed weights %,d MB, activations %,d MB, scratch %,d MB: %,d MB",
        megabytes(parameters),
        megabytes(packed),
        megabytes(activations),
        megabytes(scratch),
        megabytes(total()));
  }

  private static long megabytes(long bytes) {
    return (bytes + (1 << 20) - 1) >> 20;
  }

  static MemoryPlan of(ModelConfig config, TrainingOptions options, int sequences, int length) {
    return MemoryEstimate.plan(config, options, sequences, length);
  }
}
