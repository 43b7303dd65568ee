package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.Random;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;

/** F64 tensors of random values, comparisons, and gradients by central differences. */
final class Doubles {
  static final Kernels KERNELS = new ReferenceKernels(Arithmetic.FP64);

  private static final int CHECKED = 60;

  private final Arena arena = Arena.ofAuto();
  private final Random random;

  Doubles(long seed) {
    random = new Random(seed);
  }

  Arena arena() {
    return arena;
  }

  Random random() {
    return random;
  }

  /** Normal deviates. */
  Tensor normal(long... extents) {
    Tensor tensor = zeros(extents);
    for (long i = 0; i < tensor.elements(); i++) {
      tensor.setDouble(i, random.nextGaussian());
    }
    return tensor;
  }

  Tensor zeros(long... extents) {
    return Tensor.allocate(arena, DType.F64, extents);
  }

  /** Full of NaN, for what a kernel must set. */
  Tensor unset(long... extents) {
    Tensor tensor = zeros(extents);
    tensor.data().fill((byte) 0xFF);
    return tensor;
  }

  Tensor copy(Tensor source) {
    Tensor tensor = zeros(source.shape().extents());
    tensor.copyFrom(source);
    return tensor;
  }

  /** A loss that weights every output differently. */
  static double weighted(Tensor out, Tensor weights) {
    double sum = 0;
    for (long i = 0; i < out.elements(); i++) {
      sum += out.getDouble(i) * weights.getDouble(i);
    }
    return sum;
  }

  static void requireClose(Tensor actual, Tensor expected, double tolerance) {
    assertThat(actual.shape()).isEqualTo(expected.shape());
    requireClose(actual, expected.toDoubles(), tolerance);
  }

  static void requireClose(Tensor actual, double[] expected, double tolerance) {
    assertThat(actual.elements()).isEqualTo(expected.length);
    for (int i = 0; i < expected.length; i++) {
      assertThat(actual.getDouble(i)).as("element %d", i).isCloseTo(expected[i], within(tolerance));
    }
  }

  /** Compares a gradient with central differences, at up to 60 random elements. */
  void requireGradient(String what, DoubleSupplier loss, Tensor x, Tensor gradient) {
    int elements = (int) x.elements();
    double largest = 1;
    for (int i = 0; i < elements; i++) {
      largest = Math.max(largest, Math.abs(gradient.getDouble(i)));
    }
    int[] checked =
        elements <= CHECKED
            ? IntStream.range(0, elements).toArray()
            : random.ints(CHECKED, 0, elements).toArray();
    for (int i : checked) {
      double value = x.getDouble(i);
      double step = 1e-5;
      x.setDouble(i, value + step);
      double above = loss.getAsDouble();
      x.setDouble(i, value - step);
      double below = loss.getAsDouble();
      x.setDouble(i, value);
      assertThat(gradient.getDouble(i))
          .as("%s, element %d of %s", what, i, x.shape())
          .isCloseTo((above - below) / (2 * step), within(1e-6 * largest));
    }
  }
}
