package dev.hadal.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.format.Json;
import dev.hadal.format.JsonObject;
import dev.hadal.generate.ModelFolder;
import dev.hadal.kernels.KernelChoice;
import dev.hadal.kernels.KernelTier;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.InferenceMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a folder of texts to a model that writes. */
class TrainingRunTest {
  @TempDir Path folder;
  private final Kernels kernels = KernelChoice.open(KernelTier.AUTO, 2, _ -> {});
  private final List<String> messages = new ArrayList<>();
  private final List<StepRecord> steps = new ArrayList<>();

  private final TrainingListener listener =
      new TrainingListener() {
        @Override
        public void step(StepRecord step) {
          steps.add(step);
        }

        @Override
        public void message(String sentence) {
          messages.add(sentence);
        }
      };

  @BeforeEach
  void writeCorpus() throws IOException {
    Files.createDirectories(corpus());
    for (int i = 0; i < 40; i++) {
      StringBuilder text = new StringBuilder();
      for (int line = 0; line < 30; line++) {
        text.append("line ").append(line * i % 7).append(" of the file is followed by more\n");
      }
      Files.writeString(corpus().resolve("file%02d.txt".formatted(i)), text);
    }
  }

  @AfterEach
  void close() {
    kernels.close();
  }

  private Path corpus() {
    return folder.resolve("corpus");
  }

  private TrainConfig config(Path run, String... overrides) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "data.corpus=" + corpus(),
                "data.vocab_size=280",
                "data.sequence_length=32",
                "training.tokens=2500",
                "evaluation.steps=10",
                "evaluation.windows=2",
                "evaluation.sample_steps=20",
                "evaluation.sample_tokens=8"));
    all.addAll(List.of(overrides));
    return TinyRuns.config(run, all.toArray(String[]::new));
  }

  @Test
  void trainsScoresWritesAndExports() {
    Path run = folder.resolve("run");
    TrainConfig config = config(run);
    TrainingOutcome outcome;
    try (TrainingRun training = TrainingRun.start(config, kernels, 1e9, listener)) {
      outcome = training.run();
      assertThat(training.stateHash()).isEqualTo(outcome.stateHash());
    }
    assertThat(messages).first().asString().startsWith("memory: ").contains("activations");
    assertThat(messages).anyMatch(message -> message.startsWith("corpus: "));
    assertThat(outcome.complete()).isTrue();
    StepRecord last = steps.getLast();
    assertThat(last.heldOut()).isNotNull();
    assertThat(last.sample()).isNotNull();
    assertThat(last.peakShare()).isPositive();
    assertThat(outcome.raw()).contains(last.heldOut());
    assertThat(outcome.raw().orElseThrow().lossPerToken())
        .isLessThan(0.9 * steps.getFirst().loss());
    HeldOutScore onTheWay = Objects.requireNonNull(steps.get(9).heldOut());
    assertThat(onTheWay.tokens()).isLessThan(outcome.raw().orElseThrow().tokens());
    JsonObject provenance = Json.readObject(new RunFolder(run).provenance());
    assertThat(provenance.getString("precision")).isEqualTo("fp8");
    assertThat(provenance.getObject("outcome").getString("weights")).isIn("raw", "average");
    assertThat(provenance.getObject("outcome").getString("state_sha256"))
        .isEqualTo(outcome.stateHash());
    try (ModelFolder model = ModelFolder.open(run, kernels, InferenceMode.EXACT)) {
      assertThat(model.warnings()).isEmpty();
      assertThat(model.tokenizer().decode(model.encodePrompt("line"))).contains("line");
    }
    // A finished run that is resumed writes the model again and trains no more.
    int before = steps.size();
    try (TrainingRun training = TrainingRun.resume(run, List.of(), kernels, 0, listener)) {
      assertThat(training.run().stateHash()).isEqualTo(outcome.stateHash());
    }
    assertThat(steps).hasSize(before);
    assertThatThrownBy(() -> TrainingRun.start(config, kernels, 0, listener))
        .isInstanceOf(TrainException.class)
        .hasMessageContaining("holds a run already");
    assertThatThrownBy(
            () ->
                TrainingRun.resume(
                    run, List.of("data.vocab_size=270"), kernels, 0, TrainingListener.NONE))
        .isInstanceOf(TrainException.class)
        .hasMessageContaining("data.vocab_size: expected 280, found 270");
  }

  @Test
  void aCorpusThatChangedIsRefused() throws IOException {
    Path run = folder.resolve("run");
    try (TrainingRun training = TrainingRun.start(config(run), kernels, 0, listener)) {
      training.requestStop();
      assertThat(training.run().complete()).isFalse();
    }
    Files.writeString(corpus().resolve("file05.txt"), "other text\n".repeat(50));
    assertThatThrownBy(() -> TrainingRun.resume(run, List.of(), kernels, 0, listener))
        .isInstanceOf(TrainException.class)
        .hasMessageContaining("is of other data");
  }

  @Test
  void quickstartFixesItsHorizonAndThenIsARunLikeAnyOther() {
    Path run = folder.resolve("quick");
    double minutes = 0.05;
    Quickstart quickstart =
        new Quickstart(
            minutes,
            Optional.of(corpus()),
            run,
            Optional.of(folder.resolve("data")),
            ModelPreset.QUICKSTART,
            List.of(
                "model.hidden_size=16",
                "model.num_hidden_layers=2",
                "model.intermediate_size=24",
                "model.moe_intermediate_size=8",
                "model.vocab_size=280",
                "data.vocab_size=280",
                "data.sequence_length=32",
                "training.micro_batch=2",
                "training.batch_start=2",
                "training.batch_end=2",
                "evaluation.sample_steps=0"));
    TrainingOutcome outcome;
    try (TrainingRun training = quickstart.start(kernels, 0, listener)) {
      outcome = training.run();
    }
    assertThat(outcome.complete()).isTrue();
    // So short a run is measured before its code is compiled; SpeedMeasurementTest has the aim.
    assertThat(outcome.seconds()).isBetween(0.1 * 60 * minutes, 4 * 60 * minutes);
    TrainConfig saved = new RunFolder(run).readConfig(List.of());
    long horizon = saved.training().tokens();
    assertThat(outcome.tokens()).isBetween(horizon, horizon + 64);
    assertThat(steps.getLast().totalTokens()).isEqualTo(horizon);
    assertThat(folder.resolve("data").resolve("tokenizer.json")).exists();
    try (TrainingRun training = TrainingRun.resume(run, List.of(), kernels, 0, listener)) {
      assertThat(training.run().stateHash()).isEqualTo(outcome.stateHash());
    }
  }

  @Test
  void wrongUseIsOneSentence() {
    assertThatThrownBy(
            () ->
                TrainingRun.start(
                    config(folder.resolve("r"), "data.corpus=/no/such"), kernels, 0, listener))
        .isInstanceOf(TrainException.class)
        .hasMessageContaining("there is no such file or folder");
    assertThatThrownBy(
            () ->
                TrainingRun.start(
                    config(folder.resolve("r"), "model.bos_token_id=3"), kernels, 0, listener))
        .isInstanceOf(TrainException.class)
        .hasMessageContaining("model.bos_token_id: expected the tokenizer's 0, found 3");
    assertThatThrownBy(
            () -> TrainingRun.resume(folder.resolve("none"), List.of(), kernels, 0, listener))
        .isInstanceOf(TrainException.class)
        .hasMessageContaining("nothing to resume");
    assertThatThrownBy(
            () ->
                TrainingRun.start(
                    config(
                        folder.resolve("r"),
                        "training.micro_batch=1000000",
                        "training.batch_start=1000000",
                        "training.batch_end=1000000"),
                    kernels,
                    0,
                    listener))
        .isInstanceOf(TrainException.class)
        .hasMessageContaining("the run does not fit into the machine's ")
        .hasMessageContaining("make the model or training.micro_batch smaller");
    assertThatThrownBy(
            () ->
                new Quickstart(
                    0,
                    Optional.empty(),
                    folder,
                    Optional.empty(),
                    ModelPreset.QUICKSTART,
                    List.of()))
        .isInstanceOf(TrainException.class)
        .hasMessageContaining("--minutes: expected above 0");
  }
}
