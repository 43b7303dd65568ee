package dev.hadal.serve;

import java.util.Optional;

/**
 * Where and how a server listens.
 *
 * @param host address to bind
 * @param port 0 for any free one
 * @param modelName what {@code GET /v1/models} calls the model
 * @param maxSequences sequences that are decoded together
 * @param queueCapacity requests that may wait; more are answered with 429
 * @param maxModelLen longest context, prompt and answer together
 * @param cacheBudgetBytes memory of the latent caches
 * @param apiKey what clients must show; an address that is not this machine's own needs one
 */
public record ServeOptions(
    String host,
    int port,
    String modelName,
    int maxSequences,
    int queueCapacity,
    int maxModelLen,
    long cacheBudgetBytes,
    Optional<ApiKey> apiKey) {
  /** Checks the ranges. */
  public ServeOptions {
    if (port < 0 || port > 65535) {
      throw new IllegalArgumentException("port: expected 0 to 65535, found " + port);
    }
    if (maxSequences < 1 || queueCapacity < 0 || maxModelLen < 1) {
      throw new IllegalArgumentException(
          "serve: expected at least one sequence, a queue of 0 or more and a context of at least 1,"
              + " found %d, %d, %d".formatted(maxSequences, queueCapacity, maxModelLen));
    }
    if (modelName.isBlank() || modelName.length() > 200) {
      throw new IllegalArgumentException(
          "model name: expected 1 to 200 characters, found " + modelName.length());
    }
  }

  /** Options without a key. */
  public ServeOptions(
      String host,
      int port,
      String modelName,
      int maxSequences,
      int queueCapacity,
      int maxModelLen,
      long cacheBudgetBytes) {
    this(
        host,
        port,
        modelName,
        maxSequences,
        queueCapacity,
        maxModelLen,
        cacheBudgetBytes,
        Optional.empty());
  }

  /** The same with a key. */
  public ServeOptions withApiKey(ApiKey key) {
    return new ServeOptions(
        host,
        port,
        modelName,
        maxSequences,
        queueCapacity,
        maxModelLen,
        cacheBudgetBytes,
        Optional.of(key));
  }
}
