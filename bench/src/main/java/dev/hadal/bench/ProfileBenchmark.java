package dev.hadal.bench;

import dev.hadal.kernels.Kernels;
import dev.hadal.model.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Where the time of a training step goes, by kernel. */
final class ProfileBenchmark implements Benchmark {
  private static final int STEPS = 3;

  /** Entries below this share of the step are added up. */
  private static final double LEAST_SHARE = 0.002;

  private final List<TrainingShape> shapes;
  private final List<Precision> precisions;

  ProfileBenchmark(List<TrainingShape> shapes, List<Precision> precisions) {
    this.shapes = List.copyOf(shapes);
    this.precisions = List.copyOf(precisions);
  }

  static ProfileBenchmark usual() {
    return new ProfileBenchmark(
        List.of(TrainingShape.SMALL, TrainingShape.MEDIUM), List.of(Precision.values()));
  }

  @Override
  public String name() {
    return "profile";
  }

  @Override
  public String description() {
    return "time of a training step by kernel, in milliseconds and GFLOP/s";
  }

  @Override
  public List<BenchResult> run(BenchContext context) {
    List<BenchResult> results = new ArrayList<>();
    for (TrainingShape shape : shapes) {
      for (Precision precision : precisions) {
        Stopwatch watch = new Stopwatch();
        try (Kernels kernels = new ProfilingKernels(context.openKernels(), watch);
            TrainingStep step = new TrainingStep(shape, precision, kernels)) {
          for (int i = 0; i < 2; i++) {
            step.run();
          }
          watch.reset();
          double seconds =
              Repetition.whole(
                      () -> {
                        for (int i = 0; i < STEPS; i++) {
                          step.run();
                        }
                      })
                  .run();
          double peak = context.limits().gflops(kernels, precision != Precision.FP32);
          Rows rows = new Rows(context, shape, precision, kernels.tier(), seconds, peak);
          results.addAll(rows.of(watch));
        }
      }
    }
    return results;
  }

  /** Makes results of what a stopwatch holds. */
  private record Rows(
      BenchContext context,
      TrainingShape shape,
      Precision precision,
      String tier,
      double seconds,
      double peak) {

    List<BenchResult> of(Stopwatch watch) {
      List<BenchResult> results = new ArrayList<>();
      results.add(time("step", seconds));
      double others = 0;
      double products = 0;
      double productFlops = 0;
      List<BenchResult> details = new ArrayList<>();
      for (Stopwatch.Entry entry : watch.entries()) {
        if (entry.name().startsWith(ProfiledMatMul.PRODUCT)) {
          products += entry.seconds();
          productFlops += entry.flops();
        }
        if (entry.seconds() < LEAST_SHARE * seconds) {
          others += entry.seconds();
          continue;
        }
        details.add(time(entry.name(), entry.seconds()));
        if (entry.flops() > 0) {
          details.add(rate(entry.name(), entry.flops() / entry.seconds()));
        }
      }
      results.add(time("all products", products));
      results.add(rate("all products", productFlops / products));
      results.addAll(details);
      results.add(time("smaller kernels", others));
      results.add(time("outside of kernels", seconds - watch.seconds()));
      return results;
    }

    private String name() {
      return "profile." + shape.name() + "." + precision.name().toLowerCase(Locale.ROOT);
    }

    /** Milliseconds a step, over those of the whole step. */
    private BenchResult time(String what, double spent) {
      return new BenchResult(
          name(), what, context.threads(), tier, spent * 1e3 / STEPS, "ms", seconds * 1e3 / STEPS);
    }

    private BenchResult rate(String what, double flopsPerSecond) {
      return new BenchResult(
          name(), what, context.threads(), tier, flopsPerSecond * 1e-9, "GFLOP/s", peak);
    }
  }
}
