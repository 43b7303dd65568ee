package dev.hadal.kernels;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class VectorSwiGluTest {
  private final Twins<SwiGlu> twins =
      new Twins<>(TestKernels.reference().swiGlu(), VectorSwiGlu::new);

  @ParameterizedTest
  @CsvSource({"1, 1", "3, 17", "67, 31", "31, 352", "12, 1408"})
  void forwardAndBackwardHaveTheReferencesBits(int rows, int columns) {
    twins.compare(
        (swiGlu, memory) -> {
          Tensor gate = memory.floats(rows, columns);
          Tensor up = memory.floats(rows, columns);
          swiGlu.forward(gate, up, memory.empty(DType.F32, rows, columns));
          Tensor dh = memory.floats(rows, columns);
          Tensor dgate = memory.empty(DType.F32, rows, columns);
          Tensor dup = memory.empty(DType.F32, rows, columns);
          swiGlu.backward(gate, up, dh, dgate, dup);
          swiGlu.backward(gate, up, dh, gate, up);
        });
  }
}
