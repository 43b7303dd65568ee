package dev.hadal.kernels;

import dev.hadal.tensor.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class CrossEntropyGradTest {
  private final Doubles doubles = new Doubles(12);
  private final CrossEntropy crossEntropy = Doubles.KERNELS.crossEntropy();

  @Test
  void gradientsAreTheDifferences() {
    int[] targets = {5, -1, 18};
    Tensor logits = doubles.normal(3, 19);
    Tensor loss = doubles.unset(3);
    Tensor gradient = doubles.copy(logits);
    crossEntropy.forwardBackward(gradient, targets, 0.3, loss);
    doubles.requireGradient(
        "logits",
        () -> {
          crossEntropy.forward(logits, targets, loss);
          return 0.3 * Arrays.stream(loss.toDoubles()).sum();
        },
        logits,
        gradient);
  }
}
