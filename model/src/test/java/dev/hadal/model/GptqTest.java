package dev.hadal.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.format.IntegerTensor;
import dev.hadal.kernels.KernelChoice;
import dev.hadal.kernels.KernelTier;
import dev.hadal.kernels.Kernels;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GptqTest {
  private static final int ROWS = 24;
  private static final int COLUMNS = 320;
  private static final int INPUTS = 400;
  private static final int CAUSES = 20;

  private final Arena arena = Arena.ofShared();
  private final Kernels kernels = KernelChoice.open(KernelTier.VECTOR, 2, _ -> {});
  private final Random random = new Random(3);

  @AfterEach
  void close() {
    kernels.close();
    arena.close();
  }

  private Tensor gaussian(int rows, int columns) {
    Tensor tensor = Tensor.allocate(arena, DType.F32, rows, columns);
    for (long i = 0; i < tensor.elements(); i++) {
      tensor.setFloat(i, (float) random.nextGaussian());
    }
    return tensor;
  }

  private Tensor copy(Tensor tensor) {
    Tensor copy = Tensor.allocate(arena, tensor.dtype(), tensor.shape().extents());
    copy.copyFrom(tensor);
    return copy;
  }

  /** Few causes behind many inputs, and a little noise. */
  private Tensor correlated() {
    float[] causes = gaussian(INPUTS, CAUSES).toFloats();
    float[] mixing = gaussian(CAUSES, COLUMNS).toFloats();
    Tensor x = gaussian(INPUTS, COLUMNS);
    for (int t = 0; t < INPUTS; t++) {
      for (int c = 0; c < COLUMNS; c++) {
        float sum = 0.1f * x.getFloat((long) t * COLUMNS + c);
        for (int k = 0; k < CAUSES; k++) {
          sum += causes[t * CAUSES + k] * mixing[k * COLUMNS + c];
        }
        x.setFloat((long) t * COLUMNS + c, sum);
      }
    }
    return x;
  }

  private Tensor product(Tensor x) {
    float[] values = x.toFloats();
    Tensor product = Tensor.allocate(arena, DType.F32, COLUMNS, COLUMNS);
    for (int a = 0; a < COLUMNS; a++) {
      for (int b = 0; b < COLUMNS; b++) {
        double sum = 0;
        for (int t = 0; t < INPUTS; t++) {
          sum += (double) values[t * COLUMNS + a] * values[t * COLUMNS + b];
        }
        product.setFloat((long) a * COLUMNS + b, (float) sum);
      }
    }
    return product;
  }

  /** Mean square of X W^T - X Q^T. */
  private double error(Tensor x, Tensor weights, IntegerTensor rounded) {
    float[] inputs = x.toFloats();
    float[] w = weights.toFloats();
    float[] q = rounded.dequantize(DType.F32, arena).toFloats();
    double squares = 0;
    for (int t = 0; t < INPUTS; t++) {
      for (int r = 0; r < ROWS; r++) {
        double difference = 0;
        for (int c = 0; c < COLUMNS; c++) {
          int at = r * COLUMNS + c;
          difference += inputs[t * COLUMNS + c] * ((double) w[at] - q[at]);
        }
        squares += difference * difference;
      }
    }
    return squares / (INPUTS * ROWS);
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 8})
  void whatALinearMakesOfCorrelatedInputsIsMuchCloser(int bits) {
    Tensor x = correlated();
    Tensor weights = gaussian(ROWS, COLUMNS);
    IntegerTensor nearest = IntegerTensor.round(weights, bits, 32, arena);
    Gptq gptq = Gptq.of(product(x), kernels.team());
    IntegerTensor rounded = gptq.round(copy(weights), bits, 32, arena);
    assertThat(error(x, weights, rounded)).isLessThan(0.3 * error(x, weights, nearest));
  }

  @ParameterizedTest
  @ValueSource(ints = {32, 64, 160})
  void inputsThatDoNotGoTogetherAreRoundedToNearest(int group) {
    Tensor identity = Tensor.allocate(arena, DType.F32, COLUMNS, COLUMNS);
    for (int c = 0; c < COLUMNS; c++) {
      identity.setFloat((long) c * COLUMNS + c, c % 7);
    }
    Tensor weights = gaussian(ROWS, COLUMNS);
    IntegerTensor nearest = IntegerTensor.round(weights, 4, group, arena);
    IntegerTensor rounded = Gptq.of(identity, kernels.team()).round(copy(weights), 4, group, arena);
    assertThat(rounded.codes().data().mismatch(nearest.codes().data())).isEqualTo(-1);
    assertThat(rounded.scales().data().mismatch(nearest.scales().data())).isEqualTo(-1);
  }

  @Test
  void theNumberOfThreadsChangesNothing() {
    Tensor product = product(correlated());
    Tensor weights = gaussian(ROWS, COLUMNS);
    IntegerTensor two = Gptq.of(product, kernels.team()).round(copy(weights), 4, 32, arena);
    try (Kernels one = KernelChoice.open(KernelTier.VECTOR, 1, _ -> {})) {
      IntegerTensor alone = Gptq.of(product, one.team()).round(copy(weights), 4, 32, arena);
      assertThat(alone.codes().data().mismatch(two.codes().data())).isEqualTo(-1);
      assertThat(alone.scales().data().mismatch(two.scales().data())).isEqualTo(-1);
    }
  }

  /** All inputs the same: of rank one, so that only the damping makes it definite. */
  @Test
  void aDegenerateProductIsNoFailure() {
    Tensor ones = Tensor.allocate(arena, DType.F32, COLUMNS, COLUMNS);
    for (long i = 0; i < ones.elements(); i++) {
      ones.setFloat(i, 1e6f);
    }
    Tensor weights = gaussian(ROWS, COLUMNS);
    IntegerTensor rounded = Gptq.of(ones, kernels.team()).round(copy(weights), 8, 32, arena);
    float[] found = rounded.dequantize(DType.F32, arena).toFloats();
    for (float value : found) {
      assertThat(value).isFinite();
    }
  }
}
