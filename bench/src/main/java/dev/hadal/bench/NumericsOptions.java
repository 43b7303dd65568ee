package dev.hadal.bench;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What the benchmark of losses by precision trains.
 *
 * @param steps of each run
 * @param seeds how many first weights, numbered from 1
 * @param corpus what to train on; empty: the sources of a JDK of this machine
 * @param data takes tokenizer and packed tokens, or has them from a quickstart
 * @param report folder of a page with the curves; empty for none
 */
public record NumericsOptions(
    int steps, int seeds, Optional<Path> corpus, Path data, Optional<Path> report) {
  /** Checks the ranges. */
  public NumericsOptions {
    if (steps < 2 || steps > 1_000_000) {
      throw new BenchException("steps: expected 2 to 1000000, found " + steps);
    }
    if (seeds < 1 || seeds > 1000) {
      throw new BenchException("seeds: expected 1 to 1000, found " + seeds);
    }
  }

  /** 300 steps, three seeds, quickstart's data. */
  public static NumericsOptions defaults() {
    return new NumericsOptions(
        300, 3, Optional.empty(), Path.of("runs", "quickstart", "data"), Optional.empty());
  }
}
