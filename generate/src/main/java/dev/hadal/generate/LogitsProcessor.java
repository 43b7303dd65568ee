package dev.hadal.generate;

/**
 * Changes logits before a token is drawn and after the {@link Penalties}: a grammar, a ban. Must be
 * a function of its arguments, so that repeated and drafted work gives the same result, and safe
 * for use by several threads where several sequences share it.
 */
public interface LogitsProcessor {
  /**
   * Changes logits in place.
   *
   * @param generated the continuation so far
   * @param logits of all tokens; -infinity makes one impossible
   */
  void process(int[] generated, double[] logits);
}
