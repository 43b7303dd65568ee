package dev.hadal.bench;

import dev.hadal.kernels.Kernels;
import dev.hadal.model.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Whole training steps: tokens a second, and arithmetic over the peak. */
final class TrainingBenchmark implements Benchmark {
  /** Of a figure's measuring time. */
  private static final double WARM_UP = 4;

  private final List<TrainingShape> shapes;

  TrainingBenchmark(List<TrainingShape> shapes) {
    this.shapes = List.copyOf(shapes);
  }

  static TrainingBenchmark usual() {
    return new TrainingBenchmark(List.of(TrainingShape.SMALL, TrainingShape.MEDIUM));
  }

  @Override
  public String name() {
    return "training";
  }

  @Override
  public String description() {
    return "whole training steps of two models in FP32, BF16 and FP8";
  }

  @Override
  public List<BenchResult> run(BenchContext context) {
    List<BenchResult> results = new ArrayList<>();
    warmUp(context);
    for (TrainingShape shape : shapes) {
      for (Precision precision : Precision.values()) {
        try (Kernels kernels = context.openKernels();
            TrainingStep step = new TrainingStep(shape, precision, kernels)) {
          double peak = context.limits().gflops(kernels, precision != Precision.FP32);
          double seconds = Repetition.median(context.seconds(), step::run);
          String name = "training." + shape.name() + "." + label(precision);
          results.add(
              new BenchResult(
                  name,
                  shape.label(),
                  context.threads(),
                  kernels.tier(),
                  shape.tokens() / seconds,
                  "tokens/s",
                  // What the peak would give at 6 operations a parameter and token.
                  peak * 1e9 / (6.0 * shape.activeParameters())));
          results.add(
              new BenchResult(
                  name + ".arithmetic",
                  String.format(
                      Locale.ROOT, "6 x %.1f M active parameters", shape.activeParameters() * 1e-6),
                  context.threads(),
                  kernels.tier(),
                  shape.flops() / seconds * 1e-9,
                  "GFLOP/s",
                  peak));
        }
      }
    }
    return results;
  }

  /** What all steps share is compiled in the first ones, which would be those of one precision. */
  private void warmUp(BenchContext context) {
    for (Precision precision : Precision.values()) {
      try (Kernels kernels = context.openKernels();
          TrainingStep step = new TrainingStep(shapes.getFirst(), precision, kernels)) {
        double spent = 0;
        while (spent < WARM_UP * context.seconds()) {
          spent += Repetition.whole(step::run).run();
        }
      }
    }
  }

  static String label(Precision precision) {
    return precision.name().toLowerCase(Locale.ROOT);
  }
}
