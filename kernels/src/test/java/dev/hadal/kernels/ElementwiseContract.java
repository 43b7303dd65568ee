package dev.hadal.kernels;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What every fast {@link Elementwise} owes: the reference's bits. */
abstract class ElementwiseContract {
  final Twins<Elementwise> twins;

  ElementwiseContract(Twins<Elementwise> twins) {
    this.twins = twins;
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "1, 15", "1, 16", "3, 17", "1, 63", "1, 64", "97, 89"})
  void sumsAndCopiesHaveTheReferencesBits(int rows, int columns) {
    twins.compare(
        (elementwise, memory) -> {
          Tensor a = memory.floats(rows, columns);
          Tensor b = memory.floats(rows, columns);
          elementwise.add(a, b, memory.empty(DType.F32, rows, columns));
          elementwise.add(a, b, b);
          Tensor wide = memory.floats(rows, 3 * columns);
          elementwise.copyColumns(a, 0, wide, columns, columns);
          elementwise.copyColumns(wide, columns / 2, a, columns / 3, columns / 2);
        });
  }
}
