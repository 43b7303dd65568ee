package dev.hadal.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.format.FaultPoint;
import dev.hadal.format.FormatException;
import dev.hadal.generate.ModelFolder;
import dev.hadal.kernels.KernelChoice;
import dev.hadal.kernels.KernelTier;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.InferenceMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResumeTest {
  @TempDir Path folder;
  private final Kernels kernels = KernelChoice.open(KernelTier.AUTO, 2, _ -> {});

  @AfterEach
  void close() {
    kernels.close();
  }

  /** Stops a run after a number of steps. */
  private static final class Stopper implements TrainingListener {
    private final List<String> messages = new ArrayList<>();
    private final List<Long> checkpoints = new ArrayList<>();
    private @Nullable TrainingLoop loop;
    private int left;

    Stopper(int steps) {
      this.left = steps;
    }

    @Override
    public void step(StepRecord step) {
      if (--left == 0 && loop != null) {
        loop.requestStop();
      }
    }

    @Override
    public void checkpoint(long step, Path path) {
      assertThat(path).isDirectory();
      checkpoints.add(step);
    }

    @Override
    public void message(String sentence) {
      messages.add(sentence);
    }
  }

  private TrainingOutcome start(TrainConfig config, Stopper stopper) {
    TrainingLoop.Parts parts = TinyData.parts(config, kernels, stopper, FaultPoint.NONE);
    try (TrainingLoop loop = TrainingLoop.start(config, parts)) {
      stopper.loop = loop;
      return loop.run();
    }
  }

  private TrainingOutcome resume(Path run, Stopper stopper, String... overrides) {
    List<String> all = new ArrayList<>(List.of(overrides));
    all.add("run.folder=" + run);
    TrainConfig config = new RunFolder(run).readConfig(all);
    TrainingLoop.Parts parts = TinyData.parts(config, kernels, stopper, FaultPoint.NONE);
    try (TrainingLoop loop = TrainingLoop.resume(config, parts)) {
      stopper.loop = loop;
      return loop.run();
    }
  }

  private static Stopper never() {
    return new Stopper(-1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"fp8", "bf16", "fp32"})
  void aStoppedRunGoesOnAsIfItHadNotStopped(String precision) {
    String moments = precision.equals("fp32") ? "fp32" : "bf16";
    String[] overrides = {
      "training.precision=" + precision, "optimizer.moments=" + moments, "training.tokens=1500"
    };
    Path whole = folder.resolve("whole");
    TrainingOutcome expected = start(TinyRuns.config(whole, overrides), never());
    assertThat(expected.complete()).isTrue();
    Path pieces = folder.resolve("pieces");
    Stopper stopper = new Stopper(5);
    TrainingOutcome outcome = start(TinyRuns.config(pieces, overrides), stopper);
    assertThat(outcome.complete()).isFalse();
    assertThat(stopper.messages).last().asString().contains("--resume " + pieces);
    assertThat(stopper.checkpoints).containsExactly(5L);
    assertThat(new RunFolder(pieces).model()).doesNotExist();
    for (int more = 6; !outcome.complete(); more++) {
      outcome =
          resume(
              pieces,
              new Stopper(more),
              "evaluation.load_steps=" + more,
              "training.recompute=" + (more % 2 == 0));
    }
    assertThat(outcome.stateHash()).isEqualTo(expected.stateHash());
    assertThat(outcome.weights()).isEqualTo(expected.weights());
    assertThat(outcome.score()).isEqualTo(expected.score());
    assertThat(KillAndResumeTest.deterministic(pieces, false))
        .isEqualTo(KillAndResumeTest.deterministic(whole, false));
    try (ModelFolder model = ModelFolder.open(pieces, kernels, InferenceMode.EXACT)) {
      assertThat(model.model().config().hiddenSize()).isEqualTo(16);
    }
  }

  /** Steps of a run with a length in time take 5 ms each here: 122 steps are its 0.612 s. */
  private TrainingOutcome open(Path run, Stopper stopper, boolean begun, String... overrides) {
    List<String> all = new ArrayList<>(List.of(overrides));
    TrainConfig config;
    if (begun) {
      all.add("run.folder=" + run);
      config = new RunFolder(run).readConfig(all);
    } else {
      all.addAll(List.of("training.tokens=0", "training.minutes=0.0102"));
      config = TinyRuns.config(run, all.toArray(String[]::new));
    }
    TrainingLoop.Parts parts =
        TinyData.parts(config, kernels, stopper, new SteadyClock(5_000_000), FaultPoint.NONE);
    try (TrainingLoop loop =
        begun ? TrainingLoop.resume(config, parts) : TrainingLoop.start(config, parts)) {
      stopper.loop = loop;
      return loop.run();
    }
  }

  private TrainConfig saved(Path run) {
    return new RunFolder(run).readConfig(List.of());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 48, 49})
  void aRunWithALengthInTimeIsStoppedAndGoesOn(int firstStop) {
    Path pieces = folder.resolve("pieces");
    Stopper stopper = new Stopper(firstStop);
    TrainingOutcome outcome = open(pieces, stopper, false, "checkpoint.steps=0");
    assertThat(outcome.complete()).isFalse();
    assertThat(outcome.steps()).isEqualTo(firstStop);
    assertThat(stopper.messages).last().asString().contains("--resume " + pieces);
    assertThat(stopper.checkpoints).containsExactly((long) firstStop);
    assertThat(saved(pieces).training().hasHorizon()).isEqualTo(firstStop >= 49);
    assertThat(open(pieces, new Stopper(25), true).complete()).isFalse();
    outcome = open(pieces, never(), true);
    assertThat(outcome.complete()).isTrue();
    // However often it was stopped, it trained for its time.
    assertThat(outcome.seconds()).isBetween(0.595, 0.63);
    TrainConfig found = saved(pieces);
    assertThat(found.training().tokens()).isBetween(outcome.tokens() - 63, outcome.tokens());
    Path whole = folder.resolve("whole");
    TrainingOutcome expected =
        start(TrainConfig.parse("whole", found.toYaml(), List.of("run.folder=" + whole)), never());
    assertThat(outcome.stateHash()).isEqualTo(expected.stateHash());
    assertThat(outcome.weights()).isEqualTo(expected.weights());
    assertThat(outcome.score()).isEqualTo(expected.score());
    assertThat(KillAndResumeTest.deterministic(pieces, false))
        .isEqualTo(KillAndResumeTest.deterministic(whole, false));
  }

  @Test
  void anOpenRunMayBeResumedWithAnotherLengthUntilItsHorizonIsKnown() {
    Path run = folder.resolve("run");
    open(run, new Stopper(30), false);
    assertThatThrownBy(
            () ->
                open(
                    run,
                    never(),
                    true,
                    "training.minutes=0",
                    "training.tokens=5000",
                    "schedule.open_tokens=500"))
        .isInstanceOf(TrainException.class)
        .hasMessageContaining("is of another run: training.tokens: expected nothing, found 5000");
    assertThat(saved(run).training().minutes()).isEqualTo(0.0102);
    TrainingOutcome outcome = open(run, new Stopper(100), true, "training.minutes=0.02");
    assertThat(outcome.steps()).isEqualTo(130);
    assertThat(saved(run).training().tokens()).isGreaterThan(200 * 64);
    assertThatThrownBy(() -> open(run, never(), true, "training.tokens=0", "training.minutes=0.02"))
        .isInstanceOf(TrainException.class)
        .hasMessageContaining("training.minutes: expected nothing, found 0.02");
  }

  @Test
  void anotherConfigurationIsRefusedByItsField() {
    Path run = folder.resolve("run");
    start(TinyRuns.config(run), new Stopper(3));
    assertThatThrownBy(() -> resume(run, never(), "training.mtp_weight=0.2"))
        .isInstanceOf(TrainException.class)
        .hasMessageContaining("step-000003: is of another run: training.mtp_weight: expected 0.3")
        .hasMessageContaining("found 0.2");
    assertThatThrownBy(() -> resume(run, never(), "model.rope_theta=5000"))
        .isInstanceOf(TrainException.class)
        .hasMessageContaining("model.rope_theta: expected 10000.0, found 5000.0");
    assertThatThrownBy(() -> start(TinyRuns.config(run), never()))
        .isInstanceOf(TrainException.class)
        .hasMessageContaining("holds a run already");
    TrainConfig config = new RunFolder(run).readConfig(List.of("run.folder=" + run));
    TinyData.Changed other = new TinyData.Changed(new TinyRuns.Source(16));
    TrainingLoop.Parts parts =
        new TrainingLoop.Parts(
            new TinyData(other),
            kernels,
            0,
            TrainingListener.NONE,
            _ -> new StepRecord.Sample("", ""),
            System::nanoTime,
            FaultPoint.NONE);
    assertThatThrownBy(() -> TrainingLoop.resume(config, parts))
        .isInstanceOf(TrainException.class)
        .hasMessageContaining("is of other data: expected synthetic-16, found changed-16");
    assertThat(resume(run, new Stopper(2), "checkpoint.steps=1", "training.workspace_mb=999"))
        .extracting(TrainingOutcome::steps)
        .isEqualTo(5L);
  }

  @Test
  void aCheckpointOfAnotherRunIsRefused() throws IOException {
    Path run = folder.resolve("run");
    Path other = folder.resolve("other");
    start(TinyRuns.config(run), new Stopper(3));
    start(TinyRuns.config(other, "run.seed=8"), new Stopper(4));
    Files.move(
        new RunFolder(other).checkpoints().resolve("step-000004"),
        new RunFolder(run).checkpoints().resolve("step-000004"));
    assertThatThrownBy(() -> resume(run, never()))
        .isInstanceOf(TrainException.class)
        .hasMessageContaining("run.seed: expected 8, found 7");
  }

  @Test
  void damageAnywhereIsRefusedNamingTheOlderCheckpoint() throws IOException {
    Path run = folder.resolve("run");
    start(TinyRuns.config(run, "checkpoint.steps=2"), new Stopper(3));
    Path newest = new RunFolder(run).checkpoints().resolve("step-000003");
    byte[] metrics = Files.readAllBytes(new RunFolder(run).metrics());
    long seed = Long.getLong("hadal.seed", System.nanoTime());
    System.out.println("ResumeTest seed " + seed);
    Random random = new Random(seed);
    try (Stream<Path> files = Files.list(newest)) {
      for (Path file : files.toList()) {
        byte[] bytes = Files.readAllBytes(file);
        for (int i = 0; i < 40; i++) {
          int at = random.nextInt(bytes.length);
          byte[] damaged = bytes.clone();
          damaged[at] ^= (byte) (1 << random.nextInt(8));
          Files.write(file, i % 4 == 0 ? Arrays.copyOf(bytes, at) : damaged);
          assertThatThrownBy(() -> resume(run, never()))
              .as("%s, byte %d", file.getFileName(), at)
              .isInstanceOf(FormatException.class)
              .hasMessageContaining(file.getFileName().toString())
              .hasMessageContaining("the older checkpoint")
              .hasMessageContaining("step-000002");
        }
        Files.write(file, bytes);
      }
    }
    // Nothing was changed by the refusals.
    assertThat(new RunFolder(run).metrics()).hasBinaryContent(metrics);
    assertThat(resume(run, new Stopper(1)).steps()).isEqualTo(4);
  }

  @Test
  void aFullDiskEndsTheRunAndLeavesTheCheckpointBefore() {
    Path run = folder.resolve("run");
    TrainConfig config = TinyRuns.config(run, "checkpoint.steps=2");
    FaultPoint full =
        new FaultPoint() {
          private int files;

          @Override
          public void reached(String point) {
            if (point.startsWith("file:") && ++files == 2) {
              throw new FormatException(point + ": cannot be written: No space left on device");
            }
          }
        };
    TrainingLoop.Parts parts = TinyData.parts(config, kernels, TrainingListener.NONE, full);
    assertThatThrownBy(
            () -> {
              try (TrainingLoop loop = TrainingLoop.start(config, parts)) {
                loop.run();
              }
            })
        .isInstanceOf(TrainException.class)
        .hasMessageContaining("No space left on device; the checkpoints before it are untouched");
    assertThat(new RunFolder(run).checkpoints()).isDirectoryContaining("glob:**/step-000002");
    assertThat(new RunFolder(run).checkpoints()).isDirectoryNotContaining("glob:**/step-000004*");
    assertThat(resume(run, new Stopper(1)).steps()).isEqualTo(3);
  }
}
