package dev.hadal.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

  /** Where the horizon is found while the run trains, nothing before may know it. */
  @ParameterizedTest
  @ValueSource(longs = {128, 129, 600, 2_000_000})
  void theOpenPartDoesNotDependOnTheHorizon(long open) {
    Schedules unknown = schedules("training.tokens=0", "training.minutes=3");
    Schedules shortRun = schedules("training.tokens=150", "schedule.open_tokens=" + open);
    Schedules longRun = schedules("training.tokens=1_000_000", "schedule.open_tokens=" + open);
    for (long tokens = 0; tokens <= Math.min(open, 1000); tokens++) {
      for (Schedules known : List.of(shortRun, longRun)) {
        assertThat(known.isOpen(tokens)).isTrue();
        assertThat(known.batch(tokens)).isEqualTo(unknown.batch(tokens));
        assertThat(known.mtpWeight(tokens)).isEqualTo(unknown.mtpWeight(tokens)).isEqualTo(0.3);
        assertThat(known.biasSpeed(tokens)).isEqualTo(unknown.biasSpeed(tokens)).isEqualTo(0.001);
        assertThat(known.emaDecay(tokens, 32)).isEqualTo(unknown.emaDecay(tokens, 32)).isZero();
        assertThat(known.learningRate(tokens))
            .isEqualTo(unknown.learningRate(tokens))
            .isEqualTo(tokens < 128 ? 0.01 * tokens / 128 : 0.01);
      }
    }
    assertThat(unknown.isOpen(1L << 60)).isTrue();
    assertThat(shortRun.isOpen(open + 1)).isFalse();
    assertThat(shortRun.learningRate(open + 1000)).isLessThan(0.01);
    assertThat(shortRun.mtpWeight(open + 1)).isEqualTo(0.1);
    assertThat(shortRun.emaDecay(open + 1, 32)).isCloseTo(Math.exp(-32 / 15.0), within(1e-12));
  }

  @Test
  void withoutAWordOnItOnlyTheWarmUpIsOpen() {
    Schedules schedules = schedules("schedule.warmup_tokens=100");
    assertThat(schedules.isOpen(100)).isTrue();
    assertThat(schedules.isOpen(101)).isFalse();
  }

  @Test
  void theFirstChangeIsThatOfAnySchedule() {
    assertThat(schedules().firstChange()).isEqualTo(0.676);
    assertThat(schedules("training.mtp_switch=0.3").firstChange()).isEqualTo(0.3);
    assertThat(schedules("training.bias_stop=0.2").firstChange()).isEqualTo(0.2);
    assertThat(schedules("schedule.constant_until=0.1").firstChange()).isEqualTo(0.1);
  }

  /** Nothing before the end of the warm-up may know the horizon. */
  @Test
  void theWarmUpDoesNotDependOnTheHorizon() {
    Schedules shortRun = schedules("training.tokens=150", "schedule.warmup_tokens=128");
    Schedules longRun = schedules("training.tokens=1_000_000", "schedule.warmup_tokens=128");
    for (long tokens = 0; tokens <= 128; tokens++) {
      assertThat(shortRun.isOpen(tokens)).isTrue();
      assertThat(shortRun.batch(tokens)).isEqualTo(longRun.batch(tokens));
      assertThat(shortRun.mtpWeight(tokens)).isEqualTo(longRun.mtpWeight(tokens));
      assertThat(shortRun.biasSpeed(tokens)).isEqualTo(longRun.biasSpeed(tokens));
      assertThat(shortRun.emaDecay(tokens, 32)).isZero();
      assertThat(shortRun.learningRate(tokens)).isEqualTo(longRun.learningRate(tokens));
    }
    assertThat(longRun.emaDecay(129, 32)).isCloseTo(Math.exp(-32 / 1e5), within(1e-12));
    assertThat(shortRun.isOpen(129)).isFalse();
  }
}
