package dev.hadal.kernels;

import dev.hadal.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class VectorRotaryEmbeddingTest {
  private final Twins<RotaryEmbedding> twins =
      new Twins<>(TestKernels.reference().rotaryEmbedding(), VectorRotaryEmbedding::new);

  @ParameterizedTest
  @CsvSource({"1, 1, 2, 0", "7, 3, 6, 5", "33, 4, 16, 32", "17, 2, 64, 128", "200, 1, 16, 0"})
  void rotationsHaveTheReferencesBits(int rows, int heads, int rope, int nope) {
    twins.compare(
        (embedding, memory) -> {
          int stride = nope + rope;
          Tensor x = memory.floats(rows, heads * stride + 3);
          Tensor cos = memory.ordinary(50, rope / 2);
          Tensor sin = memory.ordinary(50, rope / 2);
          int[] positions = memory.random().ints(rows, 0, 50).toArray();
          embedding.rotate(x, heads, stride, nope, cos, sin, positions, false);
          embedding.rotate(x, heads, stride, nope + 3, cos, sin, positions, true);
        });
  }
}
