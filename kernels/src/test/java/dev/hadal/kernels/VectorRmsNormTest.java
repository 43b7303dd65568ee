package dev.hadal.kernels;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class VectorRmsNormTest {
  private final Twins<RmsNorm> twins =
      new Twins<>(TestKernels.reference().rmsNorm(), VectorRmsNorm::new);

  @ParameterizedTest
  @CsvSource({"1, 1", "3, 17", "67, 48", "5, 127", "40, 256", "9, 1536"})
  void forwardAndBackwardHaveTheReferencesBits(int rows, int columns) {
    twins.compare(
        (norm, memory) -> {
          Tensor x = memory.floats(rows, columns);
          Tensor w = memory.floats(columns);
          Tensor y = memory.empty(DType.F32, rows, columns);
          Tensor r = memory.empty(DType.F32, rows);
          norm.forward(x, w, 1e-6, y, r);
          Tensor dy = memory.floats(rows, columns);
          Tensor dx = memory.empty(DType.F32, rows, columns);
          norm.backwardInput(x, w, r, dy, dx, false);
          Tensor added = memory.floats(rows, columns);
          norm.backwardInput(x, w, r, dy, added, true);
          norm.backwardWeight(x, r, dy, memory.empty(DType.F32, columns));
          norm.forward(x, w, 1e-6, x, r);
        });
  }
}
