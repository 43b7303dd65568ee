package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class VectorOptimizerTest {
  private final Twins<Optimizer> twins =
      new Twins<>(TestKernels.reference().optimizer(), VectorOptimizer::new);

  @ParameterizedTest
  @ValueSource(ints = {1, 17, 4095, 9001})
  void updatesHaveTheReferencesBits(int elements) {
    twins.compare(
        (optimizer, memory) -> {
          for (DType type : new DType[] {DType.F32, DType.BF16}) {
            Tensor p = memory.floats(elements);
            Tensor m = memory.empty(type, elements);
            Tensor v = memory.empty(type, elements);
            m.data().fill((byte) 0);
            v.data().fill((byte) 0);
            for (int step = 1; step <= 3; step++) {
              Tensor g = memory.floats(elements);
              optimizer.adamW(
                  new Optimizer.AdamW(3e-4, 0.9, 0.95, 1e-8, 0.1, step, 0.7), p, g, m, v);
            }
            optimizer.average(p, 0.999, memory.floats(elements));
          }
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 17, 4097, 12_345})
  void normsHaveTheReferencesBits(int elements) {
    twins.compare(
        (optimizer, memory) -> {
          List<Tensor> gradients =
              IntStream.range(0, 3).mapToObj(i -> memory.floats(elements + i)).toList();
          Tensor result = memory.empty(DType.F64, 1);
          result.setDouble(0, optimizer.norm(gradients));
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 17, 4097, 9001})
  void fixedPointSumsHaveTheReferencesBits(int elements) {
    twins.compare(
        Twins.Values.FINITE,
        (optimizer, memory) -> {
          for (double quantum : new double[] {0x1p-32, 0x1p-50}) {
            Tensor sum = memory.empty(DType.I64, elements);
            sum.data().fill((byte) 0);
            for (int segment = 0; segment < 3; segment++) {
              assertThat(optimizer.accumulate(memory.floats(elements), quantum, 3, sum)).isTrue();
            }
            optimizer.fromFixedPoint(sum, quantum, 4097, memory.empty(DType.F32, elements));
            Tensor g = memory.floats(elements);
            assertThat(optimizer.throughFixedPoint(g, quantum, 4097)).isTrue();
          }
        });
  }

  @Test
  void valuesBeyondTheRangeAreReported() {
    for (float bad : new float[] {Float.NaN, Float.NEGATIVE_INFINITY, 0x1p31f, -0x1p31f}) {
      assertThat(accepted(bad, 1)).isFalse();
    }
    assertThat(accepted(Math.nextDown(0x1p31f), 1)).isTrue();
    assertThat(accepted(Math.nextDown(0x1p31f), 2)).isFalse();
    assertThat(accepted(0x1p29f, 3)).isTrue();
    assertThat(accepted(0x1p30f, 3)).isFalse();
  }

  private boolean accepted(float value, int segments) {
    boolean[] answers = new boolean[1];
    twins.compare(
        Twins.Values.ORDINARY,
        (optimizer, memory) -> {
          Tensor g = memory.ordinary(5000);
          g.setFloat(4321, value);
          Tensor sum = memory.empty(DType.I64, 5000);
          Tensor answer = memory.empty(DType.I32, 2);
          boolean good = optimizer.accumulate(g, 0x1p-32, segments, sum);
          answer.setInt(0, good ? 1 : 0);
          boolean through = optimizer.throughFixedPoint(g, 0x1p-32, 1);
          answer.setInt(1, through ? 1 : 0);
          sum.data().fill((byte) 0);
          g.data().fill((byte) 0);
          answers[0] = good;
        });
    return answers[0];
  }
}
