package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.tensor.Tensor;
import org.junit.jupiter.api.Test;

final class ReferenceEmbeddingTest {
  private final Doubles doubles = new Doubles(14);
  private final Embedding embedding = Doubles.KERNELS.embedding();
  private final int[] ids = {2, 0, 2};

  @Test
  void picksRowsAndAddsTheirGradients() {
    Tensor table = doubles.normal(4, 3);
    Tensor out = doubles.unset(3, 3);
    embedding.forward(table, ids, true, out);
    for (int t = 0; t < 3; t++) {
      Doubles.requireClose(out.slice(t, t + 1), table.slice(ids[t], ids[t] + 1), 0);
    }
    Tensor dout = doubles.normal(3, 3);
    Tensor dtable = doubles.unset(4, 3);
    embedding.backward(dout, ids, dtable);
    double[] d = dout.toDoubles();
    double[] expected = {d[3], d[4], d[5], 0, 0, 0, d[0] + d[6], d[1] + d[7], d[2] + d[8], 0, 0, 0};
    Doubles.requireClose(dtable, expected, 1e-12);
  }

  @Test
  void roundsToBFloat16IfAsked() {
    Tensor table = Tensor.ofFloats(doubles.arena(), new float[] {1.003f, -257}, 1, 2);
    Tensor out = Tensor.ofFloats(doubles.arena(), new float[2], 1, 2);
    Embedding floats = new ReferenceKernels(Arithmetic.FP32).embedding();
    floats.forward(table, new int[] {0}, true, out);
    assertThat(out.toFloats()).containsExactly(1, -256);
    floats.forward(table, new int[] {0}, false, out);
    assertThat(out.toFloats()).containsExactly(1.003f, -257);
  }

  @Test
  void idsAreChecked() {
    assertThatThrownBy(
            () ->
                embedding.forward(doubles.normal(4, 3), new int[] {4}, false, doubles.zeros(1, 3)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("embedding: expected ids below 4, got 4");
  }
}
