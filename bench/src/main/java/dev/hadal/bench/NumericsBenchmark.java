package dev.hadal.bench;

import dev.hadal.kernels.Kernels;
import dev.hadal.model.Precision;
import dev.hadal.train.LossCurve;
import dev.hadal.train.PrecisionReport;
import dev.hadal.train.PrecisionStudy;
import dev.hadal.train.TrainException;
import dev.hadal.train.TrainingListener;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Losses by precision at equal tokens: how far the smoothed curves of BF16 and FP8 are from FP32's,
 * beside how far those of different first weights are from each other.
 *
 * <p>Differences are in percent of FP32's smoothed loss, from the step on at which the learning
 * rate has risen; their limit is the DeepSeek-V3 report's 0.25 % (§3.3, appendix B.1). The spread
 * between seeds is the standard deviation over the mean at the same step.
 */
final class NumericsBenchmark implements Benchmark {
  private static final double LIMIT = 0.25;

  private final NumericsOptions options;

  NumericsBenchmark(NumericsOptions options) {
    this.options = options;
  }

  @Override
  public String name() {
    return "numerics";
  }

  @Override
  public String description() {
    return "losses of quickstart's model in FP32, BF16 and FP8 at equal tokens; takes minutes";
  }

  @Override
  public boolean isUsual() {
    return false;
  }

  @Override
  public List<BenchResult> run(BenchContext context) {
    PrecisionStudy study =
        new PrecisionStudy(
            options.corpus(),
            options.data(),
            options.steps(),
            LongStream.rangeClosed(1, options.seeds()).boxed().toList());
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void message(String sentence) {
            context.note(sentence);
          }
        };
    try (Kernels kernels = context.openKernels()) {
      List<LossCurve> curves = study.run(kernels, listener);
      List<BenchResult> results = results(curves, study.firstSteadyStep(), context, kernels.tier());
      for (LossCurve curve : curves) {
        context.note(
            String.format(
                Locale.ROOT,
                "numerics: %s, seed %d: last loss %.4f, held out %.4f, %.1f s, state %s",
                label(curve),
                curve.seed(),
                curve.smoothed()[options.steps() - 1],
                curve.heldOut(),
                curve.seconds(),
                curve.stateHash().substring(0, 16)));
      }
      if (options.report().isPresent()) {
        Path file = PrecisionReport.write(options.report().get(), curves, shape());
        context.note("numerics: the curves are in " + file);
      }
      return results;
    } catch (TrainException e) {
      throw new BenchException(String.valueOf(e.getMessage()), e);
    }
  }

  private String shape() {
    return "quickstart, %d steps".formatted(options.steps());
  }

  private List<BenchResult> results(
      List<LossCurve> curves, int from, BenchContext context, String tier) {
    Table table = new Table(context.threads(), tier, new ArrayList<>());
    List<LossCurve> bases = new ArrayList<>();
    LossCurve base = curves.getFirst();
    for (LossCurve curve : curves) {
      if (curve.precision() == Precision.FP32) {
        base = curve;
        bases.add(base);
      } else {
        String shape = "%s, seed %d".formatted(shape(), curve.seed());
        double[] differences = curve.relativeTo(base);
        String name = "numerics." + label(curve);
        table.add(name + ".mean", shape, meanSize(differences, from), LIMIT);
        table.add(name + ".largest", shape, largestSize(differences, from), LIMIT);
        table.add(name + ".signed", shape, mean(differences, from), 0);
        table.add(name + ".heldout", shape, curve.heldOut() / base.heldOut() - 1, 0);
      }
    }
    if (bases.size() > 1) {
      String shape = "%s, %d seeds".formatted(shape(), bases.size());
      double[] spread = spread(bases.stream().map(LossCurve::smoothed).toList());
      table.add("numerics.seeds.mean", shape, meanSize(spread, from), 0);
      table.add("numerics.seeds.largest", shape, largestSize(spread, from), 0);
      double[] heldOut = bases.stream().mapToDouble(LossCurve::heldOut).toArray();
      table.add("numerics.seeds.heldout", shape, relativeDeviation(heldOut), 0);
    }
    return table.results;
  }

  private record Table(int threads, String tier, List<BenchResult> results) {
    void add(String name, String shape, double fraction, double limit) {
      if (!Double.isNaN(fraction)) {
        results.add(new BenchResult(name, shape, threads, tier, 100 * fraction, "%", limit));
      }
    }
  }

  private static String label(LossCurve curve) {
    return TrainingBenchmark.label(curve.precision());
  }

  private static double mean(double[] values, int from) {
    return IntStream.range(from, values.length).mapToDouble(i -> values[i]).average().orElse(0);
  }

  private static double meanSize(double[] values, int from) {
    return IntStream.range(from, values.length)
        .mapToDouble(i -> Math.abs(values[i]))
        .average()
        .orElse(0);
  }

  private static double largestSize(double[] values, int from) {
    return IntStream.range(from, values.length)
        .mapToDouble(i -> Math.abs(values[i]))
        .max()
        .orElse(0);
  }

  private static double[] spread(List<double[]> curves) {
    return IntStream.range(0, curves.getFirst().length)
        .mapToDouble(
            step -> relativeDeviation(curves.stream().mapToDouble(curve -> curve[step]).toArray()))
        .toArray();
  }

  /** Standard deviation, of a sample, over the mean. */
  static double relativeDeviation(double[] values) {
    double mean = mean(values, 0);
    double squares = 0;
    for (double value : values) {
      squares += (value - mean) * (value - mean);
    }
    return Math.sqrt(squares / (values.length - 1)) / mean;
  }
}
