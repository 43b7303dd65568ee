package dev.hadal.kernels;

import dev.hadal.tensor.Tensor;
import org.junit.jupiter.api.Test;

final class ReferenceElementwiseTest {
  private final Doubles doubles = new Doubles(15);
  private final Elementwise elementwise = Doubles.KERNELS.elementwise();

  @Test
  void addsInPlaceAndCopiesWindows() {
    Tensor a = doubles.normal(3, 5);
    Tensor b = doubles.normal(3, 5);
    double[] sum = new double[15];
    for (int i = 0; i < 15; i++) {
      sum[i] = a.getDouble(i) + b.getDouble(i);
    }
    elementwise.add(a, b, a);
    Doubles.requireClose(a, sum, 0);
    Tensor to = doubles.zeros(3, 4);
    elementwise.copyColumns(b, 2, to, 1, 3);
    double[] window = new double[12];
    for (int r = 0; r < 3; r++) {
      for (int c = 0; c < 3; c++) {
        window[4 * r + 1 + c] = b.getDouble(5 * r + 2 + c);
      }
    }
    Doubles.requireClose(to, window, 0);
  }
}
