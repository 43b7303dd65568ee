package dev.hadal.bench;

import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.MicroKernels;
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
    return "peaks, read bandwidth, cost of a region of the thread team, inner loops of products";
  }

  @Override
  public List<BenchResult> run(BenchContext context) {
    MachineLimits limits = context.limits();
    if (limits.equals(MachineLimits.UNKNOWN)) {
      context.note(
          "The machine's limits were not measured, and no shares are stated: start with"
              + " --kernels vector, which loads the module jdk.incubator.vector.");
      return List.of();
    }
    List<BenchResult> results = new ArrayList<>();
    results.add(result(context, "machine.fp32", "multiply-add", limits.fp32Gflops(), "GFLOP/s"));
    if (limits.bf16Gflops() > 0) {
      results.add(result(context, "machine.bf16", "dot product", limits.bf16Gflops(), "GFLOP/s"));
    }
    results.add(result(context, "machine.read", "memory", limits.readGigabytes(), "GB/s"));
    results.add(result(context, "machine.region", "empty body", limits.regionMicros(), "us"));
    try (Kernels kernels = context.openKernels()) {
      for (MicroKernels.Speed speed : MicroKernels.measure(kernels.team())) {
        double peak = speed.lowPrecision() ? limits.bf16Gflops() : limits.fp32Gflops();
        results.add(
            new BenchResult(
                "machine.tile",
                speed.kind(),
                context.threads(),
                "generated",
                speed.flops() * 1e-9,
                "GFLOP/s",
                peak));
      }
    }
    return results;
  }

  private static BenchResult result(
      BenchContext context, String name, String shape, double value, String unit) {
    return new BenchResult(name, shape, context.threads(), "probe", value, unit, 0);
  }
}
