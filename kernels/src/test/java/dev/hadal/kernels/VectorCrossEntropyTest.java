package dev.hadal.kernels;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class VectorCrossEntropyTest {
  private final Twins<CrossEntropy> twins =
      new Twins<>(TestKernels.reference().crossEntropy(), VectorCrossEntropy::new);

  @ParameterizedTest
  @CsvSource({"1, 1", "5, 17", "7, 127", "40, 320", "6, 4096"})
  void lossesAndGradientsHaveTheReferencesBits(int tokens, int vocabulary) {
    twins.compare(
        (crossEntropy, memory) -> {
          Tensor logits = memory.floats(tokens, vocabulary);
          int[] targets = memory.random().ints(tokens, -1, vocabulary).toArray();
          crossEntropy.forward(logits, targets, memory.empty(DType.F32, tokens));
          crossEntropy.forwardBackward(logits, targets, 0.3, memory.empty(DType.F32, tokens));
        });
  }
}
