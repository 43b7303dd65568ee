package dev.hadal.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.hadal.model.Precision;
import dev.hadal.train.LossCurve;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NumericsBenchmarkTest {
  private static LossCurve curve(Precision precision, long seed, double first, double rest) {
    return new LossCurve(precision, seed, new double[] {first, rest, rest}, rest, "", 1);
  }

  private static double value(List<BenchResult> results, String name, String shape) {
    return results.stream()
        .filter(result -> result.name().equals(name) && result.shape().endsWith(shape))
        .findFirst()
        .orElseThrow()
        .value();
  }

  @Test
  void differencesAreThoseOfSmoothedCurvesInPercent() {
    List<LossCurve> curves =
        List.of(
            curve(Precision.FP32, 1, 4, 4),
            curve(Precision.BF16, 1, 4, 4),
            curve(Precision.FP8, 1, 4.04, 4.04),
            curve(Precision.FP32, 2, 5, 5),
            curve(Precision.BF16, 2, 5, 6),
            curve(Precision.FP8, 2, 4.96, 4.96));
    List<BenchResult> results =
        new NumericsBenchmark(NumericsOptions.defaults()).results(curves, 1, 2, "none");
    assertThat(value(results, "numerics.bf16.mean", "seed 1")).isZero();
    assertThat(value(results, "numerics.fp8.largest", "seed 1")).isEqualTo(1, within(1e-9));
    assertThat(value(results, "numerics.fp8.signed", "seed 2")).isEqualTo(-0.8, within(1e-9));
    assertThat(value(results, "numerics.fp8.mean", "mean of 2 seeds")).isZero();
    // Smoothed: 5, 5.1, 5.19 over 5.
    assertThat(value(results, "numerics.bf16.mean", "seed 2")).isEqualTo(2.9, within(1e-9));
    assertThat(value(results, "numerics.bf16.largest", "seed 2")).isEqualTo(3.8, within(1e-9));
    assertThat(value(results, "numerics.bf16.heldout", "seed 2")).isEqualTo(20, within(1e-9));
    // One quarter more, or one fifth less.
    assertThat(value(results, "numerics.seeds.mean", "pairs")).isEqualTo(22.5, within(1e-9));
    assertThat(value(results, "numerics.seeds.largest", "pairs")).isEqualTo(25, within(1e-9));
  }

  @Test
  void optionsAreChecked() {
    assertThatThrownBy(
            () -> new NumericsOptions(1, 3, Optional.empty(), Path.of("x"), Optional.empty()))
        .hasMessage("steps: expected 2 to 1000000, found 1");
    assertThatThrownBy(
            () -> new NumericsOptions(2, 0, Optional.empty(), Path.of("x"), Optional.empty()))
        .hasMessage("seeds: expected 1 to 1000, found 0");
  }
}
