package dev.hadal.cli;

import dev.hadal.model.MemoryLimit;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How much memory a model may use. */
final class MemoryOptions {
  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      description =
          "Use at most so much memory, as 12g or 800m, for weights, latent cache and scratch: what"
              + " does not fit of the routed experts stays in the file of packed weights (hadal"
              + " cache) and is read as it is needed; the bits are the same.")
  private @Nullable String memory;

  /** The bytes, where a limit was given. */
  Optional<Long> bytes() {
    if (memory == null) {
      return Optional.empty();
    }
    Optional<Long> bytes = ByteSize.of(memory);
    if (bytes.isEmpty()) {
      throw new UsageException(
          "--memory: expected an amount such as 12g or 800m, found '%s'".formatted(memory));
    }
    return bytes;
  }

  /** The limit for so many positions of latent cache, where one was given. */
  Optional<MemoryLimit> limit(long positions) {
    return bytes().map(bytes -> new MemoryLimit(bytes, positions));
  }
}
