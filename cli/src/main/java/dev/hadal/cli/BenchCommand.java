package dev.hadal.cli;

import dev.hadal.bench.BenchException;
import dev.hadal.bench.BenchOptions;
import dev.hadal.bench.Benchmarks;
import dev.hadal.kernels.KernelTier;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Measures how fast this machine runs what Hadal does. */
@Command(
    sortOptions = false,
    description = {
      "Measures and prints each figure with the machine's measured limit in the same unit. Without"
          + " names all benchmarks run, which takes minutes; --list names them.",
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

  @Mixin private CommonOptions common = new CommonOptions();

  BenchCommand(Console console) {
    this.console = console;
  }

  @Override
  public ExitCode run() {
    Benchmarks benchmarks = new Benchmarks();
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

  private BenchOptions options() {
    KernelTier tier = common.tier();
    common.noteUnusedPrecision(console);
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
