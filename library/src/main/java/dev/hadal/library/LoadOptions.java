package dev.hadal.library;

import dev.hadal.kernels.KernelTier;
import dev.hadal.model.InferenceMode;
import dev.hadal.model.MemoryLimit;
import dev.hadal.model.PackedCache;
import java.lang.System.Logger.Level;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * How a model is loaded.
 *
 * @param threads that compute, the calling one included: 1 to 1024; changes no result
 * @param kernels which implementation; changes no result
 * @param precision the arithmetic; absent for the one that suits how the weights are stored
 * @param packedCache where packed weights are kept for a later start; absent for private memory
 * @param memory the most memory for weights, latent caches and scratch; absent for as much as the
 *     model needs as a whole
 * @param chatTemplate the name of a built-in chat template ({@link
 *     dev.hadal.text.ChatTemplates#BUILT_IN}) or a file; absent for the model's own
 * @param warnings takes whole sentences: what was ignored, switched off, or is slower than it could
 *     be
 */
public record LoadOptions(
    int threads,
    KernelTier kernels,
    Optional<InferenceMode> precision,
    Optional<PackedCache> packedCache,
    Optional<MemoryLimit> memory,
    Optional<String> chatTemplate,
    Consumer<String> warnings) {
  private static final int MOST_THREADS = 1024;

  /**
   * Checks the range.
   *
   * @throws IllegalArgumentException naming it
   */
  public LoadOptions {
    if (threads < 1 || threads > MOST_THREADS) {
      throw new IllegalArgumentException(
          "threads: expected 1 to %d, found %d".formatted(MOST_THREADS, threads));
    }
  }

  /** All processors, the fastest kernels, private memory; warnings go to the system's logger. */
  public static LoadOptions standard() {
    return new LoadOptions(
        Math.min(MOST_THREADS, Runtime.getRuntime().availableProcessors()),
        KernelTier.AUTO,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        warning -> System.getLogger("dev.hadal.library").log(Level.WARNING, warning));
  }

  /** The same with so many threads. */
  public LoadOptions withThreads(int count) {
    return new LoadOptions(count, kernels, precision, packedCache, memory, chatTemplate, warnings);
  }

  /** The same with these kernels. */
  public LoadOptions withKernels(KernelTier tier) {
    return new LoadOptions(threads, tier, precision, packedCache, memory, chatTemplate, warnings);
  }

  /** The same with this arithmetic. */
  public LoadOptions withPrecision(InferenceMode mode) {
    return new LoadOptions(
        threads, kernels, Optional.of(mode), packedCache, memory, chatTemplate, warnings);
  }

  /** The same with a cache of packed weights. */
  public LoadOptions withPackedCache(PackedCache cache) {
    return new LoadOptions(
        threads, kernels, precision, Optional.of(cache), memory, chatTemplate, warnings);
  }

  /**
   * The same within a limit. A model that is larger reads routed experts from the cache of packed
   * weights, which it then needs, as they are chosen; results are the same.
   *
   * @param bytes for weights, latent caches and scratch
   * @param positions tokens that latent caches are to hold, all continuations together
   */
  public LoadOptions withMemory(long bytes, long positions) {
    return new LoadOptions(
        threads,
        kernels,
        precision,
        packedCache,
        Optional.of(new MemoryLimit(bytes, positions)),
        chatTemplate,
        warnings);
  }

  /** The same with this chat template. */
  public LoadOptions withChatTemplate(String name) {
    return new LoadOptions(
        threads, kernels, precision, packedCache, memory, Optional.of(name), warnings);
  }

  /** The same with another taker of warnings. */
  public LoadOptions withWarnings(Consumer<String> taker) {
    return new LoadOptions(threads, kernels, precision, packedCache, memory, chatTemplate, taker);
  }
}
