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
 * rate has risen; their limit is the DeepSeek-V3 report's 0.25 % (§3.3, appendix B.1), which it
 * states of models and batches so large that two seeds hardly differ. Here they do: so the same
 * figures are given for the mean curve of all seeds, and for FP32 with one seed against another.
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
      List<BenchResult> results =
          results(curves, study.firstSteadyStep(), context.threads(), kernels.tier());
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

  /** The figures of curves from a step on. */
  List<BenchResult> results(List<LossCurve> curves, int from, int threads, String tier) {
    Table table = new Table(threads, tier, from, new ArrayList<>());
    List<LossCurve> bases = of(curves, Precision.FP32);
    for (Precision precision : List.of(Precision.BF16, Precision.FP8)) {
      String name = "numerics." + TrainingBenchmark.label(precision);
      List<LossCurve> others = of(curves, precision);
      for (int i = 0; i < bases.size(); i++) {
        String shape = "%s, seed %d".formatted(shape(), bases.get(i).seed());
        table.differences(name, shape, others.get(i).relativeTo(bases.get(i)));
        table.add(name + ".heldout", shape, difference(others.get(i), bases.get(i)), 0);
      }
      if (bases.size() > 1) {
        String shape = "%s, mean of %d seeds".formatted(shape(), bases.size());
        table.differences(name, shape, relative(meanCurve(others), meanCurve(bases)));
      }
    }
    seeds(bases, from, table);
    return table.results;
  }

  /** The same figures of FP32 with one seed and with another: the mean and the largest of pairs. */
  private void seeds(List<LossCurve> bases, int from, Table table) {
    List<double[]> differences = new ArrayList<>();
    List<Double> heldOut = new ArrayList<>();
    for (LossCurve curve : bases) {
      for (LossCurve other : bases) {
        if (curve.seed() != other.seed()) {
          differences.add(curve.relativeTo(other));
          heldOut.add(Math.abs(difference(curve, other)));
        }
      }
    }
    if (differences.isEmpty()) {
      return;
    }
    String shape = "%s, %d seeds, pairs".formatted(shape(), bases.size());
    table.add(
        "numerics.seeds.mean",
        shape,
        differences.stream().mapToDouble(d -> meanSize(d, from)).average().orElse(0),
        0);
    table.add(
        "numerics.seeds.largest",
        shape,
        differences.stream().mapToDouble(d -> largestSize(d, from)).max().orElse(0),
        0);
    table.add(
        "numerics.seeds.heldout",
        shape,
        heldOut.stream().mapToDouble(Double::doubleValue).average().orElse(0),
        0);
  }

  private static List<LossCurve> of(List<LossCurve> curves, Precision precision) {
    return curves.stream().filter(curve -> curve.precision() == precision).toList();
  }

  /** The relative difference of the losses on held-out text. */
  private static double difference(LossCurve curve, LossCurve base) {
    return curve.heldOut() / base.heldOut() - 1;
  }

  private static double[] meanCurve(List<LossCurve> curves) {
    List<double[]> smoothed = curves.stream().map(LossCurve::smoothed).toList();
    return IntStream.range(0, smoothed.getFirst().length)
        .mapToDouble(step -> smoothed.stream().mapToDouble(s -> s[step]).average().orElse(0))
        .toArray();
  }

  private static double[] relative(double[] curve, double[] base) {
    return IntStream.range(0, curve.length)
        .mapToDouble(step -> curve[step] / base[step] - 1)
        .toArray();
  }

  private record Table(int threads, String tier, int from, List<BenchResult> results) {
    void differences(String name, String shape, double[] differences) {
      add(name + ".mean", shape, meanSize(differences, from), LIMIT);
      add(name + ".largest", shape, largestSize(differences, from), LIMIT);
      add(name + ".signed", shape, mean(differences, from), 0);
    }

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
}
