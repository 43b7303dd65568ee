package dev.hadal.model;

import dev.hadal.numerics.RandomStream;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;

/** The values of a new model's tensors. */
final class Initialization {
  private Initialization() {}

  static void fill(Parameter parameter, long seed, double std) {
    Tensor tensor = parameter.tensor();
    for (long i = 0; i < tensor.elements(); i++) {
      double value = parameter.decays() ? std * normal(seed, parameter.index(), i) : 1;
      if (tensor.dtype() == DType.F64) {
        tensor.setDouble(i, value);
      } else {
        tensor.setFloat(i, (float) value);
      }
    }
  }

  private static double normal(long seed, int stream, long index) {
    return new RandomStream(seed, stream).normal(index);
  }
}
