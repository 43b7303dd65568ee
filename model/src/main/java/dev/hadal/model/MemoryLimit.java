package dev.hadal.model;

import java.util.Locale;

/**
 * How much memory a model may use. What does not fit besides everything else are routed experts:
 * they stay in the file of packed weights and are read as they are needed.
 *
 * @param bytes for weights, latent cache and scratch; what the JVM itself needs comes on top
 * @param positions of the latent cache, all sequences together
 */
public record MemoryLimit(long bytes, long positions) {
  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException naming the field
   */
  public MemoryLimit {
    require("bytes", bytes);
    require("positions", positions);
  }

  private static void require(String field, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          "memory limit %s: expected 1 or more, found %d".formatted(field, value));
    }
  }

  /** Whether a model fits as a whole. */
  public boolean holds(InferenceMemory need) {
    return need.total(positions) <= bytes;
  }

  /**
   * The experts that fit beside everything else.
   *
   * @param origin of the model, for the message
   * @throws ModelException with the numbers, if not even one does
   */
  int slots(String origin, InferenceMemory need) {
    require(origin, need);
    InferenceMemory.Experts experts = need.experts();
    long rest = bytes - (need.total(positions) - experts.bytes());
    return Math.toIntExact(Math.min(experts.count(), rest / experts.largest()));
  }

  /**
   * Refuses a limit that is too small.
   *
   * @param origin of the model, for the message
   * @throws ModelException with the numbers
   */
  public void require(String origin, InferenceMemory need) {
    if (bytes >= need.least(positions)) {
      return;
    }
    InferenceMemory.Experts experts = need.experts();
    long resident = need.weights() - experts.bytes();
    String routed =
        experts.count() == 0
            ? "; it has no routed experts"
            : String.format(
                Locale.ROOT,
                ", each of %,d routed experts %,d bytes",
                experts.count(),
                experts.largest());
    throw new ModelException(
        String.format(
            Locale.ROOT,
            "%s: the model does not fit into %,d bytes of memory: weights beside routed experts"
                + " %,d, latent cache for %,d positions %,d, scratch %,d%s; %d bytes are the"
                + " least; %s",
            origin,
            bytes,
            resident,
            positions,
            need.total(positions) - need.weights() - need.scratch(),
            need.scratch(),
            routed,
            need.least(positions),
            advice(need)));
  }

  private String advice(InferenceMemory need) {
    long most = need.positions(bytes);
    String context =
        most > 0
            ? String.format(Locale.ROOT, "a context of at most %,d positions would fit, ", most)
            : "";
    return context + "fewer bits a weight need less (--precision, hadal quantize)";
  }
}
