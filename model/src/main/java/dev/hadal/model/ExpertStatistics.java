package dev.hadal.model;

import java.util.Locale;

/**
 * What a model did whose routed experts are read as they are needed, since it was loaded.
 *
 * @param experts routed experts of all layers
 * @param slots how many of them memory holds
 * @param expertBytes of one slot
 * @param asked experts that a layer needed, each once for all rows that went through it together
 * @param found those that were in memory
 * @param bytesRead of the others
 * @param readNanos time during which something was being read
 */
public record ExpertStatistics(
    int experts,
    int slots,
    long expertBytes,
    long asked,
    long found,
    long bytesRead,
    long readNanos) {
  private static final double MEGABYTE = 1e6;

  /** The share of experts asked for that were in memory; 1 before the first. */
  public double hitRate() {
    return asked == 0 ? 1 : (double) found / asked;
  }

  /** Bytes a second while something was being read; 0 before that. */
  public double readRate() {
    return readNanos == 0 ? 0 : bytesRead / (readNanos * 1e-9);
  }

  /** What came after an earlier state of the same model. */
  public ExpertStatistics since(ExpertStatistics earlier) {
    return new ExpertStatistics(
        experts,
        slots,
        expertBytes,
        asked - earlier.asked,
        found - earlier.found,
        bytesRead - earlier.bytesRead,
        readNanos - earlier.readNanos);
  }

  /** One line for people. */
  public String describe() {
    return String.format(
        Locale.ROOT,
        "%,d of %,d experts in memory; %.1f %% of %,d asked for were there; %,.0f MB read at %,.0f"
            + " MB/s",
        slots,
        experts,
        100 * hitRate(),
        asked,
        bytesRead / MEGABYTE,
        readRate() / MEGABYTE);
  }
}
