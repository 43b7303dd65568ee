package dev.hadal.bench;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How long {@code hadal --help} takes, and {@code hadal generate} from its start to the first text
 * of a quickstart's model, as processes of their own with the launcher's own options.
 */
final class StartupBenchmark implements Benchmark {
  private static final int RUNS = 10;
  private static final long DEADLINE_SECONDS = 60;
  private static final long CACHE_POLL_MILLIS = 200;
  private static final Path QUICKSTART = Path.of("runs", "quickstart");
  private static final String PROMPT =
      """
      /**
       * Returns the index of the first occurrence of the given element.
       *
       * @param list the list to search
       */
      public static int indexOf(List<String> list, String element) {
        for (int i = 0; i < list.size(); i++) {
      """;

  private final @Nullable Path launcher;
  private final Path runs;

  /**
   * The benchmark.
   *
   * @param launcher the program, or null where it is not known
   * @param runs a folder with a quickstart's runs
   */
  StartupBenchmark(@Nullable Path launcher, Path runs) {
    this.launcher = launcher;
    this.runs = runs;
  }

  /** The launcher that started this program, which tells it its folder. */
  static StartupBenchmark usual() {
    String home = System.getProperty("hadal.home");
    return new StartupBenchmark(home == null ? null : Path.of(home, "hadal"), QUICKSTART);
  }

  @Override
  public String name() {
    return "startup";
  }

  @Override
  public String description() {
    return "hadal --help, and hadal generate to its first text, as processes of their own, medians"
        + " of "
        + RUNS;
  }

  @Override
  public List<BenchResult> run(BenchContext context) {
    Path program = launcher;
    if (program == null || !Files.isExecutable(program)) {
      context.note("The start was not measured: this program was not started by its launcher.");
      return List.of();
    }
    List<BenchResult> results = new ArrayList<>();
    results.add(result("hadal --help", 1, List.of(program.toString(), "--help")));
    Optional<Path> run = newestRun();
    if (run.isEmpty()) {
      context.note(
          ("The first token was not measured: there is no finished run in %s; hadal quickstart makes"
                  + " one.")
              .formatted(runs));
    } else {
      String threads = Integer.toString(context.threads());
      results.add(
          result(
              "first token of hadal generate",
              context.threads(),
              List.of(
                  program.toString(),
                  "generate",
                  "-m",
                  run.get().toString(),
                  "-t",
                  threads,
                  "-n",
                  "4")));
    }
    return results;
  }

  private static BenchResult result(String shape, int threads, List<String> command) {
    double[] seconds = new double[RUNS];
    // The first run has what later ones use made beside it.
    untilFirstByte(command);
    awaitStartCache(Path.of(command.getFirst()).resolveSibling("build"));
    for (int i = 0; i < RUNS; i++) {
      seconds[i] = untilFirstByte(command);
    }
    return new BenchResult("startup", shape, threads, "cli", Repetition.median(seconds), "s", 0);
  }

  /** Waits while the launcher's script makes a cache, in a folder whose name ends in a number. */
  private static void awaitStartCache(Path build) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
    try {
      do {
        Thread.sleep(CACHE_POLL_MILLIS);
      } while (isBeingMade(build) && System.nanoTime() < deadline);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static boolean isBeingMade(Path build) {
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(build, "start-*")) {
      for (Path folder : folders) {
        try (DirectoryStream<Path> made = Files.newDirectoryStream(folder, "*.aot.[0-9]*")) {
          if (made.iterator().hasNext()) {
            return true;
          }
        }
      }
      return false;
    } catch (IOException e) {
      return false;
    }
  }

  /** The run with the highest number that has a model. */
  private Optional<Path> newestRun() {
    Path newest = null;
    for (int number = 1; Files.exists(runs.resolve("run-" + number)); number++) {
      Path run = runs.resolve("run-" + number);
      if (Files.exists(run.resolve("model").resolve("config.json"))) {
        newest = run;
      }
    }
    return Optional.ofNullable(newest);
  }

  /** Seconds from the start of a process to the first byte that it prints. */
  private static double untilFirstByte(List<String> command) {
    String name = String.join(" ", command);
    try {
      long begin = System.nanoTime();
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      // What does not end in time is ended, which ends the reading.
      Thread.ofVirtual().start(() -> endInTime(process));
      try (OutputStream input = process.getOutputStream()) {
        input.write(PROMPT.getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        // What reads nothing may end before it was given anything.
      }
      int first = process.getInputStream().read();
      double seconds = (System.nanoTime() - begin) * 1e-9;
      process.getInputStream().transferTo(OutputStream.nullOutputStream());
      int code = process.waitFor();
      if (first < 0 || code != 0) {
        throw new BenchException("%s printed nothing or ended with %d".formatted(name, code));
      }
      return seconds;
    } catch (IOException e) {
      throw new BenchException(name + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted while measuring", e);
    }
  }

  private static void endInTime(Process process) {
    try {
      if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
    }
  }
}
