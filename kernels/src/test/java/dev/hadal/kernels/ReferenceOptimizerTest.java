package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.hadal.numerics.BFloat16;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ReferenceOptimizerTest {
  private final Doubles doubles = new Doubles(18);
  private final Optimizer exact = Doubles.KERNELS.optimizer();
  private final Optimizer floats = new ReferenceKernels(Arithmetic.FP32).optimizer();

  @Test
  void adamWIsTheFormula() {
    Tensor p = doubles.normal(4, 3);
    Tensor m = doubles.zeros(4, 3);
    Tensor v = doubles.zeros(4, 3);
    double[] weights = p.toDoubles();
    double[] first = new double[12];
    double[] second = new double[12];
    for (int step = 1; step <= 5; step++) {
      Tensor g = doubles.normal(4, 3);
      exact.adamW(new Optimizer.AdamW(1e-2, 0.9, 0.95, 1e-8, 0.1, step, 0.5), p, g, m, v);
      for (int i = 0; i < 12; i++) {
        double gradient = 0.5 * g.getDouble(i);
        first[i] = 0.9 * first[i] + 0.1 * gradient;
        second[i] = 0.95 * second[i] + 0.05 * gradient * gradient;
        double meanFirst = first[i] / (1 - Math.pow(0.9, step));
        double meanSecond = second[i] / (1 - Math.pow(0.95, step));
        weights[i] -= 1e-2 * 0.1 * weights[i];
        weights[i] -= 1e-2 * meanFirst / (Math.sqrt(meanSecond) + 1e-8);
      }
      Doubles.requireClose(p, weights, 1e-12);
    }
  }

  @Test
  void momentsInBFloat16AreStoredRoundedAndUsedUnrounded() {
    Tensor p = Floats.of(doubles.normal(50));
    Tensor g = Floats.of(doubles.normal(50));
    Tensor same = Floats.zeros(50);
    same.copyFrom(p);
    Tensor m = Floats.zeros(50);
    Tensor v = Floats.zeros(50);
    Tensor narrowM = Tensor.allocate(doubles.arena(), DType.BF16, 50);
    Tensor narrowV = Tensor.allocate(doubles.arena(), DType.BF16, 50);
    Optimizer.AdamW numbers = new Optimizer.AdamW(1e-2, 0.9, 0.95, 1e-8, 0, 1, 1);
    floats.adamW(numbers, p, g, m, v);
    floats.adamW(numbers, same, g, narrowM, narrowV);
    assertThat(same.toFloats()).containsExactly(p.toFloats());
    for (int i = 0; i < 50; i++) {
      assertThat(narrowM.data().get(Tensor.SHORT, 2L * i))
          .isEqualTo(BFloat16.encode(m.getFloat(i)));
      assertThat(narrowV.data().get(Tensor.SHORT, 2L * i))
          .isEqualTo(BFloat16.encode(v.getFloat(i)));
    }
  }

  @Test
  void normAndAverageAreTheFormulas() {
    Tensor a = doubles.normal(9001);
    Tensor b = doubles.normal(17);
    double squares =
        Arrays.stream(a.toDoubles()).map(x -> x * x).sum()
            + Arrays.stream(b.toDoubles()).map(x -> x * x).sum();
    assertThat(exact.norm(List.of(a, b))).isCloseTo(Math.sqrt(squares), within(1e-12 * 100));
    Tensor ema = doubles.normal(17);
    double[] expected = ema.toDoubles();
    for (int i = 0; i < 17; i++) {
      expected[i] = 0.99 * expected[i] + 0.01 * b.getDouble(i);
    }
    exact.average(b, 0.99, ema);
    Doubles.requireClose(ema, expected, 1e-12);
  }

  @Test
  void fixedPointSumsDoNotDependOnTheOrder() {
    Tensor[] segments = new Tensor[4];
    for (int s = 0; s < 4; s++) {
      segments[s] = Floats.of(doubles.normal(100));
    }
    Tensor up = Tensor.allocate(doubles.arena(), DType.I64, 100);
    Tensor down = Tensor.allocate(doubles.arena(), DType.I64, 100);
    for (int s = 0; s < 4; s++) {
      assertThat(floats.accumulate(segments[s], 0x1p-32, 4, up)).isTrue();
      assertThat(floats.accumulate(segments[3 - s], 0x1p-32, 4, down)).isTrue();
    }
    assertThat(up.data().mismatch(down.data())).isEqualTo(-1);
    Tensor g = Floats.zeros(100);
    floats.fromFixedPoint(up, 0x1p-32, 7, g);
    for (int i = 0; i < 100; i++) {
      double sum = 0;
      for (Tensor segment : segments) {
        sum += segment.getFloat(i);
      }
      assertThat(g.getFloat(i)).isCloseTo((float) (sum / 7), within(1e-6f));
    }
  }

  @Test
  void oneSegmentNeedsNoIntegerBuffer() {
    float[] values = {0, -0f, 0x1p-33f, 0x1.8p-32f, 0x1.8p-33f, -0x1p-40f, 1.1f, -5e8f};
    Tensor g = Tensor.ofFloats(doubles.arena(), values, 8);
    Tensor sum = Tensor.allocate(doubles.arena(), DType.I64, 8);
    Tensor expected = Floats.zeros(8);
    assertThat(floats.accumulate(g, 0x1p-32, 1, sum)).isTrue();
    floats.fromFixedPoint(sum, 0x1p-32, 3, expected);
    assertThat(floats.throughFixedPoint(g, 0x1p-32, 3)).isTrue();
    assertThat(g.toFloats()).containsExactly(expected.toFloats());
    assertThat(sum.getLong(2)).isZero();
    assertThat(sum.getLong(3)).isEqualTo(2);
    assertThat(sum.getLong(4)).isEqualTo(1);
    assertThat(Float.floatToRawIntBits(g.getFloat(1))).isZero();
    assertThat(Float.floatToRawIntBits(g.getFloat(5))).isZero();
  }

  @Test
  void valuesThatCouldOverflowAreReported() {
    assertThat(accepted(0x1p31f, 1)).isFalse();
    assertThat(accepted(Math.nextDown(0x1p31f), 1)).isTrue();
    assertThat(accepted(-0x1p30f, 2)).isFalse();
    assertThat(accepted(0x1p29f, 3)).isTrue();
    assertThat(accepted(Float.NaN, 1)).isFalse();
    assertThat(accepted(Float.NEGATIVE_INFINITY, 1)).isFalse();
  }

  private boolean accepted(float value, int segments) {
    Tensor g = Tensor.ofFloats(doubles.arena(), new float[] {1, value, 2}, 3);
    Tensor sum = Tensor.allocate(doubles.arena(), DType.I64, 3);
    return floats.accumulate(g, 0x1p-32, segments, sum);
  }

  @Test
  void binary64OnlyDivides() {
    Tensor g = doubles.normal(9);
    double[] expected = Arrays.stream(g.toDoubles()).map(x -> x / 3).toArray();
    assertThat(exact.throughFixedPoint(g, 0x1p-32, 3)).isTrue();
    Doubles.requireClose(g, expected, 0);
    g.setDouble(4, Double.NaN);
    assertThat(exact.throughFixedPoint(g, 0x1p-32, 3)).isFalse();
  }

  @Test
  void theQuantumIsAPowerOfTwo() {
    assertThatThrownBy(() -> floats.throughFixedPoint(Floats.zeros(1), 0.1, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("fixed point: expected a power of two of at least 2^-512, got 0.1");
  }
}
