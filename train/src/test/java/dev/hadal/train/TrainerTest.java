package dev.hadal.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.kernels.KernelChoice;
import dev.hadal.kernels.KernelTier;
import dev.hadal.kernels.Kernels;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainerTest {
  private static Trainer trainer(TrainConfig config, Kernels kernels, SequenceSource source) {
    TrainingState state = new TrainingState(config);
    state.initialize(config.run().seed(), config.training().initStd());
    return new Trainer(config, state, source, kernels, 0);
  }

  private static Kernels kernels(int threads) {
    return KernelChoice.open(KernelTier.AUTO, threads, _ -> {});
  }

  private record Outcome(List<StepRecord> steps, String hash) {
    List<Double> losses() {
      return steps.stream().map(StepRecord::loss).toList();
    }
  }

  private static Outcome run(TrainConfig config, int threads) {
    try (Kernels kernels = kernels(threads);
        Trainer trainer =
            trainer(config, kernels, new TinyRuns.Source(config.data().sequenceLength()))) {
      List<StepRecord> steps = new ArrayList<>();
      while (!trainer.isDone()) {
        steps.add(trainer.step());
      }
      return new Outcome(steps, trainer.state().hash());
    }
  }

  /**
   * A model that learns nothing stays at ln 262 = 5.57, one that learns only which tokens occur at
   * ln 61 = 4.11; below that, it must look at the token before.
   */
  @ParameterizedTest
  @ValueSource(strings = {"fp32", "bf16", "fp8"})
  void learnsWhatOnlyThePrecedingTokenTells(String precision) {
    Outcome outcome =
        run(
            TinyRuns.config(
                "training.precision=" + precision,
                "training.tokens=24000",
                "training.batch_end=2",
                "training.ramp_tokens=0"),
            1);
    assertThat(outcome.losses().getFirst()).isBetween(5.4, 5.8);
    assertThat(outcome.losses().getLast()).isLessThan(1.5);
    StepRecord last = outcome.steps().getLast();
    assertThat(last.mtpLoss()).isLessThan(2.5);
    assertThat(last.mtpAcceptance()).isGreaterThan(0.5);
    assertThat(outcome.steps()).noneMatch(StepRecord::skipped);
  }

  @Test
  void theNumberOfThreadsChangesNoBit() {
    TrainConfig config = TinyRuns.config();
    Outcome one = run(config, 1);
    Outcome two = run(config, 2);
    assertThat(two.losses()).isEqualTo(one.losses());
    assertThat(two.hash()).isEqualTo(one.hash());
  }
}
