package dev.hadal.cli;

import dev.hadal.bench.BenchException;
import dev.hadal.bench.BenchOptions;
import dev.hadal.bench.Benchmarks;
import dev.hadal.bench.ModelBenchOptions;
import dev.hadal.bench.NumericsOptions;
import dev.hadal.kernels.KernelTier;
import dev.hadal.model.InferenceMode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Measures how fast this machine runs what Hadal does. */
@Command(
    sortOptions = false,
    description = {
      "Measures and prints each figure with the machine's measured limit in the same unit. Without"
          + " names all benchmarks but numerics run, which takes minutes; --list names them.",
      ""
    })
final class BenchCommand implements Action {
  private final Console console;

  @Parameters(arity = "0..*", paramLabel = "NAME", description = "The benchmarks to run.")
  private List<String> names = new ArrayList<>();

  @Option(names = "--list", description = "Only print the names and what they measure.")
  private boolean list;

  @Option(names = "--json", description = "One JSON object a line.")
  private boolean json;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "2",
      description = "Measuring time of one figure. Default: 2.")
  private double seconds;

  @Option(
      names = "--peer",
      paramLabel = "NAME=VALUE",
      description = "What another program reached, to print the ratio; may be given several times.")
  private List<String> peers = new ArrayList<>();

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "300",
      description = "numerics: steps of each run. Default: 300.")
  private int steps;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      defaultValue = "3",
      description = "numerics: runs in each precision. Default: 3.")
  private int seeds;

  @Option(
      names = "--corpus",
      paramLabel = "PATH",
      description =
          "numerics: a folder, zip or JSONL file; default: lib/src.zip of a JDK of this machine.")
  private @Nullable Path corpus;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "runs/quickstart/data",
      description =
          "numerics: takes tokenizer and packed tokens, or has them. Default: ${DEFAULT-VALUE}.")
  private Path data = Path.of("");

  @Option(
      names = "--report",
      paramLabel = "DIR",
      description = "numerics: takes a page with the curves.")
  private @Nullable Path report;

  @Option(
      names = {"-m", "--model"},
      paramLabel = "PATH",
      description = "Measure only this model: prefill and decoding.")
  private @Nullable Path model;

  @Option(
      names = {"-p", "--prompt"},
      paramLabel = "N",
      defaultValue = "512",
      description = "-m: tokens of the prompt; 0 for no prefill. Default: 512.")
  private int prompt;

  @Option(
      names = "-n",
      paramLabel = "N",
      defaultValue = "128",
      description = "-m: tokens that are decoded; 0 for none. Default: 128.")
  private int decoded;

  @Option(
      names = {"-b", "--batch"},
      paramLabel = "N,...",
      split = ",",
      defaultValue = "1",
      description = "-m: numbers of sequences that are decoded together. Default: 1.")
  private List<Integer> batches = new ArrayList<>();

  @Option(
      names = {"-r", "--repetitions"},
      paramLabel = "N",
      defaultValue = "5",
      description = "-m: measurements of each figure, whose median counts. Default: 5.")
  private int repetitions;

  @Mixin private MemoryOptions memory = new MemoryOptions();

  @Mixin private CommonOptions common = new CommonOptions();

  BenchCommand(Console console) {
    this.console = console;
  }

  @Override
  public ExitCode run() {
    Benchmarks benchmarks = model == null ? new Benchmarks(numerics()) : ofModel(model);
    BenchOptions options = options();
    for (String name : names) {
      if (!benchmarks.names().contains(name)) {
        throw new UsageException(
            "expected one of %s, found '%s'"
                .formatted(String.join(", ", benchmarks.names()), name));
      }
    }
    if (list) {
      benchmarks.list().forEach(console.out()::println);
    } else {
      benchmarks.run(names, options, this::print, console::note);
    }
    return ExitCode.DONE;
  }

  private Benchmarks ofModel(Path path) {
    if (!names.isEmpty()) {
      throw new UsageException(
          "-m: expected no names of benchmarks beside it, found " + String.join(", ", names));
    }
    Optional<String> precision = common.namedInferenceMode().map(InferenceMode::label);
    try {
      return Benchmarks.ofModel(
          new ModelBenchOptions(
              path,
              prompt,
              decoded,
              batches,
              repetitions,
              precision,
              memory
                  .bytes()
                  .map(m -> new ModelBenchOptions.Memory(m, PackedCaches.standard(console)))));
    } catch (BenchException e) {
      throw new UsageException("--" + e.getMessage(), e);
    }
  }

  private NumericsOptions numerics() {
    if (names.contains("numerics")) {
      OutputPaths.requireFolder("--data", data);
    }
    if (report != null) {
      OutputPaths.requireFolder("--report", report);
    }
    try {
      return new NumericsOptions(
          steps, seeds, Optional.ofNullable(corpus), data, Optional.ofNullable(report));
    } catch (BenchException e) {
      throw new UsageException("--" + e.getMessage(), e);
    }
  }

  private BenchOptions options() {
    KernelTier tier = common.tier();
    if (model == null) {
      common.noteUnusedPrecision(console);
      if (memory.bytes().isPresent()) {
        console.note("hadal: --memory has no effect without -m.");
      }
    }
    try {
      return new BenchOptions(common.threads(), tier, json, seconds, BenchOptions.peers(peers));
    } catch (BenchException e) {
      throw new UsageException("--" + e.getMessage(), e);
    }
  }

  /** A figure took seconds to measure: it is shown at once. */
  private void print(String line) {
    console.out().println(line);
    console.out().flush();
  }
}
