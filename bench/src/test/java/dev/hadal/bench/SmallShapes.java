package dev.hadal.bench;

import dev.hadal.kernels.KernelTier;
import dev.hadal.model.ModelConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Benchmarks in sizes that take no time. */
final class SmallShapes {
  static final ModelConfig MODEL = TrainingShape.config(64, 16, 32, 8, 2, 2, 8, 8, 8, 8, 4, 8);
  static final TrainingShape TRAINING = new TrainingShape("tiny", MODEL, 2, 8);

  private SmallShapes() {}

  static BenchContext context(List<String> notes) {
    BenchOptions options = new BenchOptions(2, KernelTier.AUTO, false, 0.02, Map.of());
    return new BenchContext(options, notes::add);
  }

  static List<BenchResult> run(Benchmark benchmark) {
    return benchmark.run(context(new ArrayList<>()));
  }
}
