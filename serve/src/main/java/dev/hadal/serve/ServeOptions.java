package dev.hadal.serve;

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
 */
public record ServeOptions(
    String host,
    int port,
    String modelName,
    int maxSequences,
    int queueCapacity,
    int maxModelLen,
    long cacheBudgetBytes) {
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
  }
}
