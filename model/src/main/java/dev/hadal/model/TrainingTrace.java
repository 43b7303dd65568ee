package dev.hadal.model;

import dev.hadal.tensor.Tensor;

/** Looks at a forward pass from inside; tensors are valid during the call only. */
public interface TrainingTrace {
  /** A trace that looks at nothing. */
  TrainingTrace NONE = new TrainingTrace() {};

  /**
   * The residual stream entering a layer; with the number of main layers, what leaves the last.
   *
   * @param x_TD [T, D]
   */
  default void hidden(int layer, Tensor x_TD) {}

  /**
   * A layer's routing; the MTP layer has the number of main layers.
   *
   * @param index_TK chosen experts, ascending
   * @param weight_TK their weights
   */
  default void router(int layer, Tensor index_TK, Tensor weight_TK) {}

  /** Logits of the rows from {@code firstRow} on. */
  default void logits(int firstRow, Tensor logits_CV) {}

  /** MTP logits of the rows from {@code firstRow} on. */
  default void mtpLogits(int firstRow, Tensor logits_CV) {}
}
