package dev.hadal.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class SchedulesTest {
  private static Schedules schedules(String... overrides) {
    return new Schedules(TinyRuns.config(overrides));
  }

  /** The report's shape at its own numbers, in units of a thousand million tokens. */
  @Test
  void learningRateHasTheReportsShape() {
    Schedules schedules =
        schedules(
            "training.tokens=14800",
            "schedule.peak=2.2e-4",
            "schedule.warmup_tokens=100",
            "schedule.constant_until=" + 10_000 / 14_800.0,
            "schedule.cosine_until=" + 14_300 / 14_800.0,
            "schedule.last_from=" + 14_633 / 14_800.0,
            "schedule.last_factor=" + 7.3 / 220);
    assertThat(schedules.learningRate(50)).isCloseTo(1.1e-4, within(1e-12));
    assertThat(schedules.learningRate(100)).isCloseTo(2.2e-4, within(1e-12));
    assertThat(schedules.learningRate(10_000)).isEqualTo(2.2e-4);
    assertThat(schedules.learningRate(12_150)).isCloseTo((2.2e-4 + 2.2e-5) / 2, within(1e-12));
    assertThat(schedules.learningRate(14_300)).isCloseTo(2.2e-5, within(1e-12));
    assertThat(schedules.learningRate(14_600)).isCloseTo(2.2e-5, within(1e-12));
    assertThat(schedules.learningRate(14_800)).isCloseTo(7.3e-6, within(1e-12));
    assertThat(schedules.learningRate(20_000)).isCloseTo(7.3e-6, within(1e-12));
  }

  @Test
  void theBatchGrowsByWholeMicroBatches() {
    Schedules schedules =
        schedules(
            "training.micro_batch=4",
            "training.batch_start=8",
            "training.batch_end=24",
            "training.ramp_tokens=1600");
    assertThat(schedules.batch(0)).isEqualTo(8);
    assertThat(schedules.batch(399)).isEqualTo(8);
    assertThat(schedules.batch(400)).isEqualTo(12);
    assertThat(schedules.batch(1599)).isEqualTo(20);
    assertThat(schedules.batch(1600)).isEqualTo(24);
    assertThat(schedules.targets(24)).isEqualTo(24 * 16);
  }

  @Test
  void weightsAndSpeedsSwitchAtTheirPoints() {
    Schedules schedules = schedules("training.tokens=1000", "schedule.warmup_tokens=10");
    assertThat(schedules.mtpWeight(675)).isEqualTo(0.3);
    assertThat(schedules.mtpWeight(676)).isEqualTo(0.1);
    assertThat(schedules.biasSpeed(965)).isEqualTo(0.001);
    assertThat(schedules.biasSpeed(966)).isZero();
  }

  /** Nothing before the end of the warm-up may know the horizon. */
  @Test
  void theWarmUpDoesNotDependOnTheHorizon() {
    Schedules shortRun = schedules("training.tokens=150", "schedule.warmup_tokens=128");
    Schedules longRun = schedules("training.tokens=1_000_000", "schedule.warmup_tokens=128");
    for (long tokens = 0; tokens <= 128; tokens++) {
      assertThat(shortRun.withinWarmup(tokens)).isTrue();
      assertThat(shortRun.batch(tokens)).isEqualTo(longRun.batch(tokens));
      assertThat(shortRun.mtpWeight(tokens)).isEqualTo(longRun.mtpWeight(tokens));
      assertThat(shortRun.biasSpeed(tokens)).isEqualTo(longRun.biasSpeed(tokens));
      assertThat(shortRun.emaDecay(tokens, 32)).isZero();
      assertThat(shortRun.learningRate(tokens)).isEqualTo(longRun.learningRate(tokens));
    }
    assertThat(longRun.emaDecay(129, 32)).isCloseTo(Math.exp(-32 / 1e5), within(1e-12));
    assertThat(shortRun.withinWarmup(129)).isFalse();
  }
}
