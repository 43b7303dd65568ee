package dev.hadal.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** How long {@code hadal --help} takes, as a process of its own. */
final class StartupBenchmark implements Benchmark {
  private static final int RUNS = 10;
  private static final long DEADLINE_SECONDS = 60;

  private final @Nullable Path launcher;

  StartupBenchmark(@Nullable Path launcher) {
    this.launcher = launcher;
  }

  /** The launcher that started this program, which tells it its folder. */
  static StartupBenchmark usual() {
    String home = System.getProperty("hadal.home");
    return new StartupBenchmark(home == null ? null : Path.of(home, "hadal"));
  }

  @Override
  public String name() {
    return "startup";
  }

  @Override
  public String description() {
    return "hadal --help as a process of its own, median of " + RUNS;
  }

  @Override
  public List<BenchResult> run(BenchContext context) {
    Path program = launcher;
    if (program == null || !Files.isExecutable(program)) {
      context.note("The start was not measured: this program was not started by its launcher.");
      return List.of();
    }
    double[] seconds = new double[RUNS];
    help(program);
    for (int i = 0; i < RUNS; i++) {
      seconds[i] = Repetition.whole(() -> help(program)).run();
    }
    return List.of(
        new BenchResult("startup", "hadal --help", 1, "cli", Repetition.median(seconds), "s", 0));
  }

  private static void help(Path program) {
    try {
      Process process =
          new ProcessBuilder(program.toString(), "--help")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new BenchException(
            "%s --help did not end within %d s".formatted(program, DEADLINE_SECONDS));
      }
      if (process.exitValue() != 0) {
        throw new BenchException("%s --help ended with %d".formatted(program, process.exitValue()));
      }
    } catch (IOException e) {
      throw new BenchException(program + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted while measuring", e);
    }
  }
}
