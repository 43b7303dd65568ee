package dev.hadal.kernels;

import dev.hadal.tensor.Tensor;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Test;

final class SwiGluGradTest {
  private final Doubles doubles = new Doubles(4);
  private final SwiGlu swiGlu = Doubles.KERNELS.swiGlu();

  @Test
  void gradientsAreTheDifferences() {
    Tensor gate = doubles.normal(3, 7);
    Tensor up = doubles.normal(3, 7);
    Tensor dh = doubles.normal(3, 7);
    Tensor h = doubles.unset(3, 7);
    DoubleSupplier loss =
        () -> {
          swiGlu.forward(gate, up, h);
          return Doubles.weighted(h, dh);
        };
    Tensor dgate = doubles.unset(3, 7);
    Tensor dup = doubles.unset(3, 7);
    swiGlu.backward(gate, up, dh, dgate, dup);
    doubles.requireGradient("gate", loss, gate, dgate);
    doubles.requireGradient("up", loss, up, dup);
    Tensor gateCopy = doubles.copy(gate);
    Tensor upCopy = doubles.copy(up);
    swiGlu.backward(gateCopy, upCopy, dh, gateCopy, upCopy);
    Doubles.requireClose(gateCopy, dgate, 0);
    Doubles.requireClose(upCopy, dup, 0);
  }
}
