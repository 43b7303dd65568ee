package dev.hadal.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.kernels.KernelChoice;
import dev.hadal.kernels.KernelTier;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.Parameters;
import dev.hadal.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
  void aModelWithoutAnMtpLayerTrainsWhateverTheWeightOfItsLoss() {
    Outcome outcome =
        run(
            TinyRuns.config(
                "model.num_nextn_predict_layers=0",
                "training.mtp_weight=0.3",
                "training.tokens=400",
                "training.micro_batch=2",
                "training.batch_start=2",
                "training.batch_end=2",
                "training.ramp_tokens=0"),
            1);
    assertThat(outcome.steps()).isNotEmpty().noneMatch(StepRecord::skipped);
    assertThat(outcome.steps()).allMatch(step -> step.mtpLoss() == 0);
  }

  @Test
  void theNumberOfThreadsChangesNoBit() {
    TrainConfig config = TinyRuns.config();
    Outcome one = run(config, 1);
    Outcome two = run(config, 2);
    assertThat(two.losses()).isEqualTo(one.losses());
    assertThat(two.hash()).isEqualTo(one.hash());
  }

  /** With a quantum so small, every gradient is beyond what the sum holds. */
  @Test
  void stepsWithGradientsThatAreTooLargeDoNotHappenAndTenEndTheRun() {
    TrainConfig config = TinyRuns.config("optimizer.quantum_exponent=-100");
    try (Kernels kernels = kernels(1);
        Trainer trainer = trainer(config, kernels, new TinyRuns.Source(16))) {
      Tensor weights = trainer.state().parameters().trainable().getFirst().tensor();
      float[] before = weights.toFloats();
      for (int step = 1; step < 10; step++) {
        StepRecord record = trainer.step();
        assertThat(record.skipped()).isTrue();
        assertThat(record.gradientNorm()).isNaN();
        assertThat(trainer.spoilt()).isEqualTo("lm_head.weight");
        assertThat(trainer.state().step()).isEqualTo(step);
        assertThat(trainer.state().updates()).isZero();
      }
      assertThat(trainer.state().tokens()).isPositive();
      assertThatThrownBy(trainer::step)
          .isInstanceOf(TrainException.class)
          .hasMessageContaining("10 steps in a row")
          .hasMessageContaining("lm_head.weight");
      assertThat(weights.toFloats()).isEqualTo(before);
      assertThat(trainer.state().parameters().gateBiases())
          .allSatisfy(bias -> assertThat(bias.toFloats()).containsOnly(0));
    }
  }

  /** A tensor that is not a number anywhere spoils the step, too. */
  @Test
  void notANumberSpoilsTheStep() {
    TrainConfig config = TinyRuns.config("training.precision=fp32");
    try (Kernels kernels = kernels(1);
        Trainer trainer = trainer(config, kernels, new TinyRuns.Source(16))) {
      Tensor norm =
          trainer.state().parameters().get("model.layers.1.input_layernorm.weight").tensor();
      norm.setFloat(0, Float.NaN);
      StepRecord record = trainer.step();
      assertThat(record.skipped()).isTrue();
      assertThat(record.loss()).isNaN();
      norm.setFloat(0, 1);
      assertThat(trainer.step().skipped()).isFalse();
      assertThat(trainer.state().skippedInARow()).isZero();
    }
  }

  /** Biases move against the load; the average follows the weights; both copies of it agree. */
  @Test
  void aStepMovesBiasesAgainstTheLoad() {
    TrainConfig config = TinyRuns.config("training.bias_speed=0.25");
    try (Kernels kernels = kernels(1);
        Trainer trainer = trainer(config, kernels, new TinyRuns.Source(16))) {
      StepRecord record = trainer.step();
      long[][] loads = Objects.requireNonNull(record.loads());
      List<Tensor> biases = trainer.state().parameters().gateBiases();
      Parameters average = Objects.requireNonNull(trainer.state().average());
      for (int layer = 0; layer < loads.length; layer++) {
        double mean = Arrays.stream(loads[layer]).average().orElseThrow();
        for (int e = 0; e < loads[layer].length; e++) {
          double expected = 0.25 * Math.signum(mean - loads[layer][e]);
          assertThat(biases.get(layer).getFloat(e)).isEqualTo((float) expected);
        }
        assertThat(average.gateBiases().get(layer).toFloats())
            .isEqualTo(biases.get(layer).toFloats());
      }
      assertThat(record.maxVio()).isEqualTo(Trainer.maxVio(loads)).isPositive();
      assertThat(Trainer.maxVio(new long[][] {{2, 2}, {3, 1}, {0, 0}})).isEqualTo(0.25);
    }
  }

  /** A run whose horizon is found on the way is one that knew it before. */
  @ParameterizedTest
  @CsvSource({"3, 3840", "30, 3840", "30, 2000", "55, 1"})
  void aHorizonFoundOnTheWayGivesTheBitsOfTheConfigurationThatHasIt(int steps, long horizon) {
    TrainConfig config = TinyRuns.config("training.tokens=0", "training.minutes=1");
    try (Kernels kernels = kernels(1);
        Trainer trainer = trainer(config, kernels, new TinyRuns.Source(16))) {
      for (int step = 0; step < steps; step++) {
        StepRecord record = trainer.step();
        assertThat(record.totalTokens()).isZero();
        assertThat(record.totalSeconds()).isEqualTo(60);
        assertThat(trainer.isDone()).isFalse();
      }
      long tokens = trainer.state().tokens();
      trainer.fixHorizon(horizon);
      TrainConfig found = trainer.config();
      assertThat(found.training().tokens()).isEqualTo(Math.max(horizon, tokens));
      assertThat(found.schedule().openTokens()).isEqualTo(Math.max(128, tokens));
      while (!trainer.isDone()) {
        StepRecord record = trainer.step();
        assertThat(record.totalTokens()).isEqualTo(horizon);
        assertThat(record.totalSeconds()).isZero();
      }
      assertThat(trainer.state().hash()).isEqualTo(run(found, 1).hash());
      assertThatThrownBy(() -> trainer.fixHorizon(1)).isInstanceOf(IllegalStateException.class);
    }
  }

  /** In the warm-up it is the run whose configuration says nothing of it. */
  @Test
  void aHorizonFoundInTheWarmUpGivesTheSameBits() {
    TrainConfig config = TinyRuns.config("training.tokens=0", "training.minutes=1");
    try (Kernels kernels = kernels(1);
        Trainer trainer = trainer(config, kernels, new TinyRuns.Source(16))) {
      trainer.step();
      trainer.step();
      trainer.fixHorizon(TinyRuns.config().training().tokens());
      assertThat(trainer.config()).isEqualTo(TinyRuns.config());
      while (!trainer.isDone()) {
        trainer.step();
      }
      assertThat(trainer.state().hash()).isEqualTo(run(TinyRuns.config(), 1).hash());
    }
  }
}
