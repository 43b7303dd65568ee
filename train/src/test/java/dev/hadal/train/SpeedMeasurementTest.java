package dev.hadal.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.OptionalLong;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SpeedMeasurementTest {
  private static final long STEP_TOKENS = 2048;

  private static StepRecord record(long step, double seconds) {
    return new StepRecord(
        step,
        step * STEP_TOKENS,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        false,
        seconds,
        0,
        0,
        null,
        null,
        null);
  }

  private static TrainConfig config(double seconds, String... overrides) {
    List<String> all = new java.util.ArrayList<>(List.of(overrides));
    all.add("training.tokens=0");
    all.add("training.minutes=" + seconds / 60);
    return TinyRuns.config(all.toArray(String[]::new));
  }

  /** When the horizon was found, and when it was reached, in seconds of training. */
  private record Run(double found, double ended) {}

  /** Trains in simulated time, from some seconds on, at a speed in tokens a second. */
  private static Run simulate(TrainConfig config, double from, DoubleUnaryOperator speed) {
    SpeedMeasurement measurement = new SpeedMeasurement(config);
    OptionalLong horizon = OptionalLong.empty();
    double seconds = from;
    double found = 0;
    for (long step = 1; horizon.isEmpty() || step * STEP_TOKENS <= horizon.getAsLong(); step++) {
      seconds += STEP_TOKENS / speed.applyAsDouble(seconds);
      if (horizon.isEmpty()) {
        horizon = measurement.find(record(step, seconds));
        found = seconds;
      }
    }
    return new Run(found, seconds);
  }

  /** Slow while code is compiled: a quarter of the speed at first, all of it after a while. */
  @ParameterizedTest
  @ValueSource(doubles = {4_000, 20_000, 80_000})
  void compilationDoesNotCount(double full) {
    for (double asked : new double[] {120, 180, 1800}) {
      Run run =
          simulate(config(asked), 0, seconds -> full * (1 - 0.75 * Math.exp(-3 * seconds / 12)));
      assertThat(run.ended()).as("%s s", asked).isBetween(0.98 * asked, 1.02 * asked);
    }
  }

  @ParameterizedTest
  @CsvSource({"0.25, 2", "0.25, 0.5", "0.1, 2", "0.1, 0.5", "0.1, 3", "0.05, 0.3"})
  void aMachineWhoseSpeedChangesInTheFirstQuarterKeepsTheTime(double share, double factor) {
    for (double asked : new double[] {120, 180, 1800}) {
      Run run =
          simulate(config(asked), 0, seconds -> 12_000 * (seconds < share * asked ? 1 : factor));
      assertThat(run.ended()).as("%s s", asked).isBetween(0.97 * asked, 1.03 * asked);
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyPresetKnowsItsHorizonBeforeAnythingChanges(ModelPreset preset) {
    TrainConfig config =
        TrainConfig.parse(
            preset.label(), preset.yaml(), List.of("run.folder=x", "training.minutes=3"));
    Run run = simulate(config, 0, _ -> 12_000);
    assertThat(run.found()).isBetween(72.0, 72.5);
    assertThat(new Schedules(config).firstChange() * 180).isGreaterThan(run.found() / 0.85);
  }

  @ParameterizedTest
  @ValueSource(strings = {"schedule.constant_until", "training.mtp_switch", "training.bias_stop"})
  void aScheduleThatChangesEarlierIsKnownEarlier(String key) {
    assertThat(simulate(config(180, key + "=0.2"), 0, _ -> 12_000).found()).isBetween(28.8, 29.2);
    assertThat(simulate(config(1800, key + "=0.02"), 0, _ -> 12_000).found()).isBetween(28.8, 29.2);
  }

  /** Where the schedule changes from the beginning on, something is measured all the same. */
  @Test
  void theLeastIsATenthOfTheTimeOrTwentySeconds() {
    assertThat(simulate(config(60, "schedule.constant_until=0"), 0, _ -> 12_000).found())
        .isBetween(6.0, 6.5);
    assertThat(simulate(config(1800, "schedule.constant_until=0"), 0, _ -> 12_000).found())
        .isBetween(20.0, 20.5);
  }

  /** Its code is compiled anew. */
  @Test
  void aProcessThatGoesOnMeasuresAnew() {
    Run early = simulate(config(180), 30, _ -> 12_000);
    assertThat(early.found()).isBetween(72.0, 72.5);
    assertThat(early.ended()).isBetween(179.0, 181.0);
    Run late =
        simulate(
            config(180), 71, seconds -> 12_000 * (1 - 0.75 * Math.exp(-3 * (seconds - 71) / 6)));
    assertThat(late.found()).isBetween(89.0, 90.0);
    assertThat(late.ended()).isBetween(177.0, 183.0);
  }

  @Test
  void aRunWhoseTimeIsOverEndsAfterAFewSteps() {
    SpeedMeasurement measurement = new SpeedMeasurement(config(1));
    for (int step = 1; step < 4; step++) {
      assertThat(measurement.find(record(step, 5 * step))).isEmpty();
    }
    assertThat(measurement.find(record(4, 20))).hasValue(4 * STEP_TOKENS);
  }
}
