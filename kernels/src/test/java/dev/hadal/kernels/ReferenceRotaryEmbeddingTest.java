package dev.hadal.kernels;

import dev.hadal.tensor.Tensor;
import org.junit.jupiter.api.Test;

final class ReferenceRotaryEmbeddingTest {
  private static final int HALF = 3;
  private static final int HEADS = 2;
  private static final int STRIDE = 11;
  private static final int OFFSET = 5;

  private final Doubles doubles = new Doubles(5);
  private final Tensor cos = doubles.zeros(8, HALF);
  private final Tensor sin = doubles.zeros(8, HALF);
  private final int[] positions = {0, 7, 3};

  ReferenceRotaryEmbeddingTest() {
    for (int p = 0; p < 8; p++) {
      for (int i = 0; i < HALF; i++) {
        cos.setDouble(p * HALF + i, Math.cos(p * Math.pow(10, -i)));
        sin.setDouble(p * HALF + i, Math.sin(p * Math.pow(10, -i)));
      }
    }
  }

  private void rotate(Tensor x, boolean inverse) {
    Doubles.KERNELS
        .rotaryEmbedding()
        .rotate(x, HEADS, STRIDE, OFFSET, cos, sin, positions, inverse);
  }

  @Test
  void multipliesPairsByUnitComplexNumbers() {
    Tensor x = doubles.normal(3, 22);
    double[] expected = x.toDoubles();
    for (int t = 0; t < 3; t++) {
      for (int h = 0; h < HEADS; h++) {
        for (int i = 0; i < HALF; i++) {
          int at = t * 22 + OFFSET + h * STRIDE + 2 * i;
          double angle = positions[t] * Math.pow(10, -i);
          double a = expected[at];
          double b = expected[at + 1];
          expected[at] = a * Math.cos(angle) - b * Math.sin(angle);
          expected[at + 1] = a * Math.sin(angle) + b * Math.cos(angle);
        }
      }
    }
    rotate(x, false);
    Doubles.requireClose(x, expected, 1e-12);
  }

  @Test
  void theInverseRotatesBack() {
    Tensor x = doubles.normal(3, 22);
    double[] expected = x.toDoubles();
    rotate(x, false);
    rotate(x, true);
    Doubles.requireClose(x, expected, 1e-12);
  }

  @Test
  void theInverseIsTheGradient() {
    Tensor x = doubles.normal(3, 22);
    Tensor dy = doubles.normal(3, 22);
    Tensor dx = doubles.copy(dy);
    rotate(dx, true);
    doubles.requireGradient(
        "x",
        () -> {
          Tensor y = doubles.copy(x);
          rotate(y, false);
          return Doubles.weighted(y, dy);
        },
        x,
        dx);
  }
}
