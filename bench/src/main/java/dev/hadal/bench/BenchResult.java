package dev.hadal.bench;

import dev.hadal.format.JsonObject;
import java.util.Map;

/**
 * One figure of a benchmark.
 *
 * @param name what was measured
 * @param shape sizes, in words
 * @param threads threads that computed
 * @param tier kernels that computed, or the peer's name
 * @param value the figure
 * @param unit its unit
 * @param limit the machine's measured limit in the same unit; 0 if none
 * @param peer what another implementation reached in the same unit; 0 if not known
 */
public record BenchResult(
    String name,
    String shape,
    int threads,
    String tier,
    double value,
    String unit,
    double limit,
    double peer) {

  /** A figure without a peer's beside it. */
  public BenchResult(
      String name,
      String shape,
      int threads,
      String tier,
      double value,
      String unit,
      double limit) {
    this(name, shape, threads, tier, value, unit, limit, 0);
  }

  /** The value over the limit; 0 where there is none. */
  public double share() {
    return limit == 0 ? 0 : value / limit;
  }

  /** The value over the peer's; 0 where there is none. */
  public double ratio() {
    return peer == 0 ? 0 : value / peer;
  }

  /** The same figure beside a peer's. */
  BenchResult besides(double figure) {
    return new BenchResult(name, shape, threads, tier, value, unit, limit, figure);
  }

  /** The peer's figure in a list of {@code NAME=VALUE}: by name and shape, else by name. */
  BenchResult besides(Map<String, Double> peers) {
    Double figure = peers.getOrDefault(key(), peers.get(name));
    return figure == null ? this : besides(figure);
  }

  /** The name with the shape, which tells results of one benchmark apart. */
  String key() {
    return name + ":" + shape;
  }

  /** One object: name, shape, threads, tier, value, unit, limit, share; peer and ratio if known. */
  public JsonObject toJson() {
    JsonObject.Builder json =
        JsonObject.builder()
            .put("name", name)
            .put("shape", shape)
            .put("threads", threads)
            .put("tier", tier)
            .put("value", value)
            .put("unit", unit)
            .put("limit", limit)
            .put("share", share());
    if (peer != 0) {
      json.put("peer", peer).put("ratio", ratio());
    }
    return json.build();
  }

  /** The result that {@link #toJson} wrote. */
  static BenchResult fromJson(JsonObject json) {
    return new BenchResult(
        json.getString("name"),
        json.getString("shape"),
        json.getInt("threads"),
        json.getString("tier"),
        json.getDouble("value"),
        json.getString("unit"),
        json.getDouble("limit"),
        json.getDouble("peer", 0));
  }
}
