package dev.hadal.bench;

/**
 * One figure of a benchmark.
 *
 * @param name what was measured
 * @param shape sizes, in words
 * @param threads threads that computed
 * @param tier kernels that computed, or the peer's name
 * @param value the figure
 * @param unit its unit
 * @param limit the machine's measured limit in the same unit, or the peer's figure; 0 if none
 */
public record BenchResult(
    String name, String shape, int threads, String tier, double value, String unit, double limit) {
  /** The value over the limit; 0 where there is none. */
  public double share() {
    return limit == 0 ? 0 : value / limit;
  }
}
