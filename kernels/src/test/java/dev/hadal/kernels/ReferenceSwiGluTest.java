package dev.hadal.kernels;

import dev.hadal.tensor.Tensor;
import org.junit.jupiter.api.Test;

final class ReferenceSwiGluTest {
  private final Doubles doubles = new Doubles(3);

  @Test
  void isTheFormula() {
    Tensor gate = doubles.normal(3, 7);
    Tensor up = doubles.normal(3, 7);
    Tensor h = doubles.unset(3, 7);
    Doubles.KERNELS.swiGlu().forward(gate, up, h);
    double[] expected = new double[21];
    for (int i = 0; i < 21; i++) {
      expected[i] = gate.getDouble(i) / (1 + Math.exp(-gate.getDouble(i))) * up.getDouble(i);
    }
    Doubles.requireClose(h, expected, 1e-12);
  }
}
