package dev.hadal.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class SpeedMeasurementTest {
  private static final long STEP_TOKENS = 2048;

  private static StepRecord record(long step, double seconds) {
    return new StepRecord(
        step, step * STEP_TOKENS, 1, 0, 0, 0, 0, 0, 0, 0, false, seconds, 0, 0, null, null, null);
  }

  /** Tokens a second, slow while code is compiled: a quarter at first, all of it after a while. */
  private static double speed(double seconds, double full, double compiled) {
    return full * (1 - 0.75 * Math.exp(-3 * seconds / compiled));
  }

  /** Trains in simulated time; returns the seconds at the horizon. */
  private static double simulate(double asked, double full, double compiled, long warmupSteps) {
    SpeedMeasurement measurement = new SpeedMeasurement(asked);
    OptionalLong horizon = OptionalLong.empty();
    double seconds = 0;
    for (long step = 1; horizon.isEmpty() || step * STEP_TOKENS <= horizon.getAsLong(); step++) {
      seconds += STEP_TOKENS / speed(seconds, full, compiled);
      if (horizon.isEmpty()) {
        horizon = measurement.find(record(step, seconds), step >= warmupSteps);
        assertThat(step).isLessThanOrEqualTo(warmupSteps);
      }
    }
    return seconds;
  }

  @Test
  void endsWithinATenthOfTheTimeAsked() {
    for (double full : new double[] {4_000, 20_000, 80_000}) {
      for (double minutes : new double[] {2, 3, 30}) {
        assertThat(simulate(minutes * 60, full, 6, 1_000_000))
            .as("%s tokens a second, %s minutes", full, minutes)
            .isBetween(0.9 * minutes * 60, 1.1 * minutes * 60);
      }
    }
  }

  @Test
  void theEndOfTheWarmUpIsTheLastChance() {
    assertThat(simulate(180, 20_000, 0.1, 40)).isBetween(162.0, 198.0);
    assertThat(simulate(180, 20_000, 0.1, 1)).isPositive();
  }

  @Test
  void aRunThatIsOverEndsAtOnce() {
    SpeedMeasurement measurement = new SpeedMeasurement(1);
    assertThat(measurement.find(record(1, 5), false)).isEmpty();
    assertThat(measurement.find(record(2, 10), false)).isEmpty();
    assertThat(measurement.find(record(3, 15), false)).isEmpty();
    assertThat(measurement.find(record(4, 20), false)).hasValue(4 * STEP_TOKENS);
  }
}
