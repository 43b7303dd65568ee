package dev.hadal.model;

import dev.hadal.tensor.Tensor;

/**
 * Looks at an inference model from inside. Rows come in the order of the chunks, a limited number
 * at a time; tensors are valid during the call only.
 */
public interface InferenceTrace {
  /** A trace that looks at nothing. */
  InferenceTrace NONE = new InferenceTrace() {};

  /**
   * The residual stream entering a layer; with the number of main layers, what leaves the last.
   *
   * @param x_TD [rows, D]
   */
  default void hidden(int layer, Tensor x_TD) {}

  /**
   * A layer's routing; the MTP layer has the number of main layers.
   *
   * @param index_TK chosen experts, ascending
   * @param weight_TK their weights
   */
  default void router(int layer, Tensor index_TK, Tensor weight_TK) {}
}
