package dev.hadal.bench;

import dev.hadal.model.PackedCache;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Which model is measured, and how.
 *
 * @param model a folder or a file
 * @param prompt tokens of a prompt; 0 leaves prefill out
 * @param tokens that are decoded; 0 leaves decoding out
 * @param batches numbers of sequences that are decoded together
 * @param repetitions of each figure, whose median counts
 * @param precision label of the arithmetic; empty for the one that suits the file
 * @param memory the most memory, where there is a limit
 */
public record ModelBenchOptions(
    Path model,
    int prompt,
    int tokens,
    List<Integer> batches,
    int repetitions,
    Optional<String> precision,
    Optional<Memory> memory) {
  private static final int MOST = 1 << 20;

  /**
   * A limit on memory.
   *
   * @param bytes for weights, latent cache and scratch
   * @param cache takes the packed weights of a model that is larger
   */
  public record Memory(long bytes, PackedCache cache) {}

  /** Checks the ranges. */
  public ModelBenchOptions {
    batches = List.copyOf(batches);
    require("prompt", 0, MOST, prompt);
    require("n", 0, MOST, tokens);
    require("repetitions", 1, 1000, repetitions);
    for (int batch : batches) {
      require("batch", 1, 1024, batch);
    }
    if (batches.isEmpty()) {
      throw new BenchException("batch: expected at least one number of sequences, found none");
    }
  }

  private static void require(String field, int least, int most, int found) {
    if (found < least || found > most) {
      throw new BenchException(
          "%s: expected %d to %d, found %d".formatted(field, least, most, found));
    }
  }
}
