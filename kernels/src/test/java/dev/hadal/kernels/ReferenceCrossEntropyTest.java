package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.tensor.Tensor;
import org.junit.jupiter.api.Test;

final class ReferenceCrossEntropyTest {
  private final Doubles doubles = new Doubles(11);
  private final CrossEntropy crossEntropy = Doubles.KERNELS.crossEntropy();
  private final int[] targets = {0, 16, -1, 7};

  @Test
  void isTheNegativeLogProbability() {
    Tensor logits = doubles.normal(4, 17);
    logits.setDouble(3, 650);
    Tensor before = doubles.copy(logits);
    Tensor loss = doubles.unset(4);
    crossEntropy.forward(logits, targets, loss);
    Doubles.requireClose(logits, before, 0);
    double[] expected = new double[4];
    for (int t = 0; t < 4; t++) {
      double sum = 0;
      for (int v = 0; v < 17; v++) {
        sum += Math.exp(logits.getDouble(t * 17L + v));
      }
      expected[t] = targets[t] < 0 ? 0 : Math.log(sum) - logits.getDouble(t * 17L + targets[t]);
    }
    Doubles.requireClose(loss, expected, 1e-12);
    Tensor again = doubles.unset(4);
    crossEntropy.forwardBackward(logits, targets, 0.3, again);
    Doubles.requireClose(again, loss, 0);
    assertThat(logits.slice(2, 3).toDoubles()).containsOnly(0);
  }

  @Test
  void targetsAreChecked() {
    assertThatThrownBy(
            () -> crossEntropy.forward(doubles.normal(1, 3), new int[] {3}, doubles.zeros(1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("crossEntropy: expected targets below 3, got 3");
  }
}
