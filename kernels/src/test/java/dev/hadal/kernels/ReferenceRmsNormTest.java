package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.tensor.Tensor;
import org.junit.jupiter.api.Test;

final class ReferenceRmsNormTest {
  private final Doubles doubles = new Doubles(1);
  private final RmsNorm norm = Doubles.KERNELS.rmsNorm();

  @Test
  void isTheFormula() {
    Tensor x = doubles.normal(5, 37);
    Tensor w = doubles.normal(37);
    Tensor y = doubles.unset(5, 37);
    Tensor r = doubles.unset(5);
    norm.forward(x, w, 1e-6, y, r);
    for (int t = 0; t < 5; t++) {
      double squares = 0;
      for (int i = 0; i < 37; i++) {
        squares += Math.pow(x.getDouble(t * 37L + i), 2);
      }
      double root = Math.sqrt(squares / 37 + 1e-6);
      double[] expected = new double[37];
      for (int i = 0; i < 37; i++) {
        expected[i] = x.getDouble(t * 37L + i) / root * w.getDouble(i);
      }
      Doubles.requireClose(y.slice(t, t + 1), expected, 1e-12);
      Doubles.requireClose(r.slice(t, t + 1), new double[] {1 / root}, 1e-12);
    }
  }

  @Test
  void shapesAreChecked() {
    Tensor x = doubles.normal(5, 37);
    assertThatThrownBy(
            () -> norm.forward(x, doubles.normal(36), 1e-6, doubles.zeros(5, 37), doubles.zeros(5)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("rmsNorm.forward w: expected [37], got [36]");
  }
}
