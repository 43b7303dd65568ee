package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;

/** F32 tensors, and comparisons with F64 ones. */
final class Floats {
  private Floats() {}

  static Tensor zeros(long... extents) {
    return Tensor.allocate(Arena.ofAuto(), DType.F32, extents);
  }

  /** Each value rounded. */
  static Tensor of(Tensor doubles) {
    Tensor floats = zeros(doubles.shape().extents());
    for (long i = 0; i < doubles.elements(); i++) {
      floats.setFloat(i, (float) doubles.getDouble(i));
    }
    return floats;
  }

  /** An F64 copy of an F32 tensor. */
  static Tensor widened(Tensor floats) {
    Tensor doubles = Tensor.allocate(Arena.ofAuto(), DType.F64, floats.shape().extents());
    for (long i = 0; i < doubles.elements(); i++) {
      doubles.setDouble(i, floats.getFloat(i));
    }
    return doubles;
  }

  static double largestDifference(Tensor floats, Tensor doubles) {
    assertThat(floats.shape()).isEqualTo(doubles.shape());
    double largest = 0;
    for (long i = 0; i < floats.elements(); i++) {
      largest = Math.max(largest, Math.abs(floats.getFloat(i) - doubles.getDouble(i)));
    }
    return largest;
  }

  static void requireClose(Tensor floats, Tensor doubles, double tolerance) {
    assertThat(largestDifference(floats, doubles)).isLessThanOrEqualTo(tolerance);
  }
}
