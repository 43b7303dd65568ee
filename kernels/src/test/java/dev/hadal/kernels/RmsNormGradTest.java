package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.tensor.Tensor;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Test;

final class RmsNormGradTest {
  private final Doubles doubles = new Doubles(2);
  private final RmsNorm norm = Doubles.KERNELS.rmsNorm();

  @Test
  void gradientsAreTheDifferences() {
    Tensor x = doubles.normal(3, 21);
    Tensor w = doubles.normal(21);
    Tensor y = doubles.unset(3, 21);
    Tensor r = doubles.unset(3);
    Tensor dy = doubles.normal(3, 21);
    DoubleSupplier loss =
        () -> {
          norm.forward(x, w, 1e-2, y, r);
          return Doubles.weighted(y, dy);
        };
    assertThat(loss.getAsDouble()).isFinite();
    Tensor dx = doubles.unset(3, 21);
    Tensor dw = doubles.unset(21);
    norm.backwardInput(x, w, r, dy, dx, false);
    norm.backwardWeight(x, r, dy, dw);
    Tensor sum = doubles.normal(3, 21);
    Tensor before = doubles.copy(sum);
    norm.backwardInput(x, w, r, dy, sum, true);
    for (int i = 0; i < 63; i++) {
      before.setDouble(i, before.getDouble(i) + dx.getDouble(i));
    }
    Doubles.requireClose(sum, before, 0);
    doubles.requireGradient("x", loss, x, dx);
    doubles.requireGradient("w", loss, w, dw);
  }
}
