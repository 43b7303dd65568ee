package dev.hadal.bench;

import dev.hadal.kernels.KernelTier;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How benchmarks run.
 *
 * @param threads threads that compute
 * @param tier kernels that compute
 * @param json one JSON object a line instead of a table
 * @param seconds measuring time of one figure; at least three repetitions are made whatever it says
 * @param peers figures of other implementations, by a result's name, or name and shape with a colon
 */
public record BenchOptions(
    int threads, KernelTier tier, boolean json, double seconds, Map<String, Double> peers) {
  /** Checks the ranges. */
  public BenchOptions {
    peers = Map.copyOf(peers);
    if (threads < 1) {
      throw new BenchException("threads: expected at least 1, found " + threads);
    }
    if (!(seconds > 0) || seconds > 3600) {
      throw new BenchException("seconds: expected more than 0, at most 3600, found " + seconds);
    }
  }

  /** All processors, the fastest kernels, a table, two seconds a figure. */
  public static BenchOptions defaults() {
    return new BenchOptions(
        Runtime.getRuntime().availableProcessors(), KernelTier.AUTO, false, 2, Map.of());
  }

  /**
   * Peers' figures as they are written on a command line.
   *
   * @param pairs each {@code NAME=VALUE} or {@code NAME:SHAPE=VALUE}
   * @throws BenchException naming the pair that is not one
   */
  public static Map<String, Double> peers(List<String> pairs) {
    Map<String, Double> figures = new LinkedHashMap<>();
    for (String pair : pairs) {
      int equals = pair.lastIndexOf('=');
      double value = equals < 1 ? Double.NaN : number(pair.substring(equals + 1));
      if (!(value > 0) || Double.isInfinite(value)) {
        throw new BenchException("peer: expected NAME=VALUE with a positive number, found " + pair);
      }
      figures.put(pair.substring(0, equals), value);
    }
    return figures;
  }

  private static double number(String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }
}
