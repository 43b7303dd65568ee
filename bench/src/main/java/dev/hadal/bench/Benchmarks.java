package dev.hadal.bench;

import dev.hadal.format.Json;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** The benchmarks by name, and their running. */
public final class Benchmarks {
  private final List<Benchmark> all;

  /** The benchmarks of Hadal in their usual sizes. */
  public Benchmarks() {
    this(NumericsOptions.defaults());
  }

  /** The same with other losses by precision. */
  public Benchmarks(NumericsOptions numerics) {
    this(
        List.of(
            new MachineBenchmark(),
            GemmBenchmark.usual(),
            AttentionBenchmark.usual(),
            TrainingBenchmark.usual(),
            ProfileBenchmark.usual(),
            TokenizerBenchmark.usual(),
            DecodeBenchmark.usual(),
            StartupBenchmark.usual(),
            new NumericsBenchmark(numerics)));
  }

  /** The benchmark of a model's files alone. */
  public static Benchmarks ofModel(ModelBenchOptions model) {
    return new Benchmarks(List.of(new ModelBenchmark(model)));
  }

  Benchmarks(List<Benchmark> all) {
    this.all = List.copyOf(all);
  }

  /** The names, in the order in which they run. */
  public List<String> names() {
    return all.stream().map(Benchmark::name).toList();
  }

  /** One line a benchmark: its name and what it measures. */
  public List<String> list() {
    int width = names().stream().mapToInt(String::length).max().orElse(0);
    return all.stream()
        .map(b -> b.name() + " ".repeat(width - b.name().length() + 2) + b.description())
        .toList();
  }

  /**
   * Runs benchmarks one after the other.
   *
   * @param names which; none for all but those that take minutes
   * @param out takes the lines of a table after each benchmark, or one JSON object a line
   * @param notes takes remarks, in whole sentences: what was left out and why
   * @throws BenchException for an unknown name, with the known ones
   */
  public void run(
      List<String> names, BenchOptions options, Consumer<String> out, Consumer<String> notes) {
    List<Benchmark> chosen = choose(names);
    BenchContext context = new BenchContext(options, notes);
    Set<String> unusedPeers = new HashSet<>(options.peers().keySet());
    for (Benchmark benchmark : chosen) {
      List<BenchResult> results = new ArrayList<>();
      for (BenchResult result : benchmark.run(context)) {
        results.add(result.besides(options.peers()));
        unusedPeers.remove(result.name());
        unusedPeers.remove(result.key());
      }
      if (options.json()) {
        results.forEach(result -> out.accept(Json.compact(result.toJson())));
      } else if (!results.isEmpty()) {
        ResultTable.lines(results).forEach(out);
        out.accept("");
      }
    }
    unusedPeers.stream()
        .sorted()
        .forEach(peer -> notes.accept("peer: no result has the name " + peer + "."));
  }

  private List<Benchmark> choose(List<String> names) {
    if (names.isEmpty()) {
      return all.stream().filter(Benchmark::isUsual).toList();
    }
    List<Benchmark> chosen = new ArrayList<>();
    for (String name : new LinkedHashSet<>(names)) {
      chosen.add(
          all.stream()
              .filter(benchmark -> benchmark.name().equals(name))
              .findFirst()
              .orElseThrow(
                  () ->
                      new BenchException(
                          "bench: expected one of %s, found %s"
                              .formatted(String.join(", ", names()), name))));
    }
    return chosen;
  }
}
