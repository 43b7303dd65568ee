package dev.hadal.model;

import dev.hadal.tensor.Tensor;

/** Takes weight gradients as the backward pass finishes them. */
@FunctionalInterface
public interface GradientSink {
  /**
   * One segment's gradient: called once for each use of a parameter in a micro-batch. Embedding and
   * head have two uses where there is an MTP layer. An expert that no token chose is not reported;
   * its gradient is zero.
   *
   * @param parameter whose gradient
   * @param gradient of the loss summed over tokens, in the parameter's shape, F32 or F64; valid
   *     during the call only
   */
  void accept(Parameter parameter, Tensor gradient);
}
