package dev.hadal.model;

import dev.hadal.tensor.Tensor;

/**
 * One trained tensor.
 *
 * @param index place in the model order, from 0
 * @param name the Hugging Face name
 * @param tensor master values, F32 or F64; a linear's are [out, in]
 */
public record Parameter(int index, String name, Tensor tensor) {
  /** Whether weight decay applies: to tensors with two axes. */
  public boolean decays() {
    return tensor.shape().axes() == 2;
  }

  @Override
  public String toString() {
    return name + " " + tensor.shape();
  }
}
