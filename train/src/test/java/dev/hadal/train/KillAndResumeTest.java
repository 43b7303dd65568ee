package dev.hadal.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.format.CheckpointStore;
import dev.hadal.format.FaultPoint;
import dev.hadal.format.JsonObject;
import dev.hadal.kernels.KernelChoice;
import dev.hadal.kernels.KernelTier;
import dev.hadal.kernels.Kernels;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that is killed and goes on has the bits of one that was never disturbed. */
class KillAndResumeTest {
  private static final List<String> POINTS =
      List.of(
          "before-step",
          "after-step",
          "after-metrics",
          "after-snapshot",
          "file:state.safetensors",
          "before-manifest",
          "after-manifest",
          "before-rename",
          "after-rename",
          "before-delete-old",
          "after-delete-old",
          "before-export",
          "after-export");

  /** Long enough that the process is killed many times before its end. */
  static final String TOKENS = "training.tokens=6000";

  /** 122 steps of 5 ms, as the process counts them; the horizon is found after 49 or soon after. */
  private static final String MINUTES = "training.minutes=0.0102";

  /** What the system reports for signal 9. */
  private static final int KILLED = 128 + 9;

  @TempDir Path folder;

  /** What a process said before its end. */
  private record Result(int exit, @Nullable String hash) {}

  private static Process start(Path run, String length, String point, int time) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--add-modules=jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xmx256m",
            "-cp",
            classPath(),
            TinyRunProcess.class.getName(),
            run.toString(),
            "fp8",
            length,
            point,
            Integer.toString(time))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  /** Tests run in a patched module; the process runs on the class path. */
  private static String classPath() {
    try {
      Path tests =
          Path.of(
              Objects.requireNonNull(KillAndResumeTest.class.getResource("KillAndResumeTest.class"))
                  .toURI());
      for (int i = 0; i < 4; i++) {
        tests = Objects.requireNonNull(tests.getParent());
      }
      return String.join(
          File.pathSeparator,
          tests.toString(),
          System.getProperty("jdk.module.path", ""),
          System.getProperty("java.class.path"));
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Lets the process run until it waits at its point, or has made so many steps, or ends. */
  private static Result runAndKill(Process process, int steps) throws Exception {
    String hash = null;
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      int seen = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("hash ")) {
          hash = line.substring(5);
        }
        if (line.startsWith("at ") || (line.startsWith("step ") && ++seen == steps)) {
          process.destroyForcibly();
          break;
        }
      }
    }
    return new Result(process.waitFor(), hash);
  }

  @Test
  void killedAtNamedPointsAndAtRandomMoments() throws Exception {
    long seed = Long.getLong("hadal.seed", System.nanoTime());
    System.out.println("KillAndResumeTest seed " + seed);
    Random random = new Random(seed);
    String expectedHash;
    Path undisturbed = folder.resolve("undisturbed");
    TrainConfig config = TinyRuns.config(undisturbed, TOKENS);
    try (Kernels kernels = KernelChoice.open(KernelTier.AUTO, 1, _ -> {});
        TrainingLoop loop =
            TrainingLoop.start(
                config, TinyData.parts(config, kernels, TrainingListener.NONE, FaultPoint.NONE))) {
      expectedHash = loop.run().stateHash();
    }
    Path run = folder.resolve("killed");
    int kills = 0;
    for (int i = 0; i < 4; i++) {
      Process process = start(run, TOKENS, "none", 0);
      boolean ended = process.waitFor(200 + random.nextInt(800), TimeUnit.MILLISECONDS);
      process.destroyForcibly();
      kills += ended ? 0 : 1;
      process.waitFor();
    }
    for (String point : POINTS) {
      // At its point, unless the run comes to a random number of steps first.
      Process process = start(run, TOKENS, point, 1 + random.nextInt(2));
      Result result = runAndKill(process, 6 + random.nextInt(8));
      assertThat(result.exit()).isIn(0, KILLED);
      if (result.exit() == KILLED) {
        kills++;
      } else {
        assertThat(result.hash()).isEqualTo(expectedHash);
      }
    }
    assertThat(kills).isGreaterThanOrEqualTo(10);
    Result result = runAndKill(start(run, TOKENS, "none", 0), Integer.MAX_VALUE);
    assertThat(result.exit()).isZero();
    assertThat(result.hash()).isEqualTo(expectedHash);
    assertThat(deterministic(run, true)).isEqualTo(deterministic(undisturbed, true));
  }

  /** Killed before its horizon was known, when it was found, and before any later checkpoint. */
  @Test
  void aRunWithALengthInTimeIsKilledWhileItIsOpen() throws Exception {
    Path run = folder.resolve("open");
    kill(run, "after-snapshot", 2);
    kill(run, "before-horizon", 1);
    assertThat(saved(run).training().hasHorizon()).isFalse();
    kill(run, "after-horizon", 1);
    assertThat(saved(run).training().hasHorizon()).isTrue();
    CheckpointStore store = new CheckpointStore(new RunFolder(run).checkpoints());
    JsonObject open = store.latest().orElseThrow().manifest();
    assertThat(open.getObject("config").getObject("training").has("minutes")).isTrue();
    assertThat(open.getObject("counters").getLong("tokens"))
        .isBetween(1L, saved(run).schedule().openTokens());
    kill(run, "after-snapshot", 2);
    Result result = runAndKill(start(run, MINUTES, "none", 0), Integer.MAX_VALUE);
    assertThat(result.exit()).isZero();
    Path undisturbed = folder.resolve("undisturbed");
    TrainConfig config =
        TrainConfig.parse("undisturbed", saved(run).toYaml(), List.of("run.folder=" + undisturbed));
    try (Kernels kernels = KernelChoice.open(KernelTier.AUTO, 1, _ -> {});
        TrainingLoop loop =
            TrainingLoop.start(
                config, TinyData.parts(config, kernels, TrainingListener.NONE, FaultPoint.NONE))) {
      assertThat(result.hash()).isEqualTo(loop.run().stateHash());
    }
    assertThat(deterministic(run, true)).isEqualTo(deterministic(undisturbed, true));
    StepRecord last = MetricsFile.read(new RunFolder(run).metrics()).records().getLast();
    assertThat(last.seconds()).isBetween(0.595, 0.63);
  }

  private static void kill(Path run, String point, int time) throws Exception {
    assertThat(runAndKill(start(run, MINUTES, point, time), Integer.MAX_VALUE).exit())
        .isEqualTo(KILLED);
  }

  private static TrainConfig saved(Path run) {
    return new RunFolder(run).readConfig(List.of());
  }

  /** The lines of the metrics without what depends on time. */
  static List<String> deterministic(Path run, boolean withLoads) {
    return MetricsFile.read(new RunFolder(run).metrics()).records().stream()
        .map(step -> MetricsLine.write(withoutTimes(step, withLoads)))
        .toList();
  }

  private static StepRecord withoutTimes(StepRecord step, boolean withLoads) {
    return new StepRecord(
        step.step(),
        step.tokens(),
        0,
        0,
        step.learningRate(),
        step.loss(),
        step.mtpLoss(),
        step.balanceLoss(),
        step.gradientNorm(),
        step.maxVio(),
        step.mtpAcceptance(),
        step.skipped(),
        0,
        0,
        0,
        withLoads ? step.loads() : null,
        step.heldOut(),
        step.sample());
  }
}
