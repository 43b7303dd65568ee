package dev.hadal.template;

import java.time.Duration;

/**
 * What a template may use. Each bound holds before memory is taken or work is begun.
 *
 * @param sourceCharacters the longest template
 * @param nesting the deepest nesting of tags and of brackets in the source
 * @param depth the deepest nesting of calls, blocks and expressions while it runs; less than a
 *     kilobyte of the thread's stack each
 * @param steps the most statements and operations, and comparisons within them
 * @param memoryBytes the most memory that values take, all that were ever made counted together
 * @param outputCharacters the longest result
 * @param time the longest time that one rendering takes
 */
public record TemplateLimits(
    int sourceCharacters,
    int nesting,
    int depth,
    long steps,
    long memoryBytes,
    long outputCharacters,
    Duration time) {
  /** Ten times what published templates need for a short conversation. */
  public static final TemplateLimits DEFAULT = forInput(0);

  /** Checks that every bound is positive. */
  public TemplateLimits {
    if (sourceCharacters <= 0
        || nesting <= 0
        || depth <= 0
        || steps <= 0
        || memoryBytes <= 0
        || outputCharacters <= 0
        || !time.isPositive()) {
      throw new IllegalArgumentException("template limits: expected positive bounds");
    }
  }

  /**
   * Limits for a conversation of a given length: a template may copy it some times.
   *
   * @param characters in all messages and tools together, 0 or more
   */
  public static TemplateLimits forInput(long characters) {
    return new TemplateLimits(
        1 << 18,
        100,
        400,
        (4L << 20) + 4 * characters,
        (64L << 20) + 64 * characters,
        (1L << 20) + 4 * characters,
        Duration.ofSeconds(10));
  }
}
