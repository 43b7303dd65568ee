package dev.hadal.bench;

import java.util.ArrayList;
import java.util.List;

/** The machine's limits, over which the other benchmarks state their shares. */
final class MachineBenchmark implements Benchmark {
  @Override
  public String name() {
    return "machine";
  }

  @Override
  public String description() {
    return "FP32 peak, read bandwidth, cost of a region of the thread team";
  }

  @Override
  public List<BenchResult> run(BenchContext context) {
    MachineLimits limits = context.limits();
    if (limits.equals(MachineLimits.UNKNOWN)) {
      context.note(
          "The machine's limits were not measured, and no shares are stated: start the JVM with"
              + " --add-modules jdk.incubator.vector.");
      return List.of();
    }
    List<BenchResult> results = new ArrayList<>();
    results.add(result(context, "machine.fp32", "multiply-add", limits.fp32Gflops(), "GFLOP/s"));
    if (limits.bf16Gflops() > 0) {
      results.add(result(context, "machine.bf16", "dot product", limits.bf16Gflops(), "GFLOP/s"));
    }
    results.add(result(context, "machine.read", "memory", limits.readGigabytes(), "GB/s"));
    results.add(result(context, "machine.region", "empty body", limits.regionMicros(), "us"));
    return results;
  }

  private static BenchResult result(
      BenchContext context, String name, String shape, double value, String unit) {
    return new BenchResult(name, shape, context.threads(), "probe", value, unit, 0);
  }
}
