package dev.hadal.bench;

import dev.hadal.kernels.Kernels;
import dev.hadal.model.InferenceMode;
import dev.hadal.model.InferenceModel;
import dev.hadal.model.InferenceTrace;
import dev.hadal.model.LatentCache;
import dev.hadal.model.ModelConfig;
import dev.hadal.tensor.Tensor;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;

/**
 * Decoding with a model of random weights, in FP8 and BF16, with one thread and with all: bytes of
 * weights that a step needs over its time, beside the read bandwidth of as many threads. Experts
 * are counted as the router chooses them, once a step. A step with a draft takes two tokens through
 * the model and the MTP layer along. Where a token's time goes is told by kernel.
 */
final class DecodeBenchmark implements Benchmark {
  private static final int PROMPT = 32;

  /**
   * Accepted drafts of the report (§5.4.3: 85 to 90 %), for what a step with a draft would gain.
   */
  private static final double ACCEPTED = 0.85;

  private static final int BATCH = 8;
  private static final int WARM_UP = 20;
  private static final double TURN_SECONDS = 0.4;
  private static final int MOST_TURNS = 9;

  /** Kernels below this share of a token's time are added up. */
  private static final double LEAST_SHARE = 0.01;

  private final List<DecodeShape> shapes;

  DecodeBenchmark(List<DecodeShape> shapes) {
    this.shapes = List.copyOf(shapes);
  }

  static DecodeBenchmark usual() {
    return new DecodeBenchmark(
        List.of(DecodeShape.usual(InferenceMode.FP8), DecodeShape.usual(InferenceMode.BF16)));
  }

  @Override
  public String name() {
    return "decode";
  }

  @Override
  public String description() {
    return "decoding of a model that exceeds the caches, over the read bandwidth";
  }

  @Override
  public List<BenchResult> run(BenchContext context) {
    List<BenchResult> results = new ArrayList<>();
    for (int threads : new TreeSet<>(List.of(context.threads(), 1)).descendingSet()) {
      BenchContext some = context.withThreads(threads);
      for (DecodeShape shape : shapes) {
        results.addAll(run(some, shape));
      }
    }
    return results;
  }

  private static List<BenchResult> run(BenchContext context, DecodeShape shape) {
    Stopwatch watch = new Stopwatch();
    try (ProfilingKernels kernels = new ProfilingKernels(context.openKernels(), watch);
        InferenceModel model = model(shape, kernels)) {
      List<BenchResult> results = new ArrayList<>();
      // Naming what is timed takes time itself, so the figures are measured without.
      kernels.pause(true);
      Turns turns = Turns.measure(context, new Decoding(model, shape, 1, false));
      Steps one = turns.steps;
      double bandwidth = turns.bandwidth;
      Rows rows = new Rows(shape, context.threads(), kernels.tier(), bandwidth);
      results.addAll(rows.of("one", "1 sequence", one));
      Steps many =
          Steps.measure(context.seconds(), new Decoding(model, shape, BATCH, false), watch);
      results.addAll(rows.of("batch", BATCH + " sequences", many));
      Steps mtp = Steps.measure(context.seconds(), new Decoding(model, shape, 1, true), watch);
      results.add(rows.of("mtp", "1 sequence with drafts", mtp.rate(), "GB/s", bandwidth));
      double gain = (1 + ACCEPTED) * one.seconds / mtp.seconds;
      String accepted = String.format(Locale.ROOT, "if %.0f %% were accepted", 100 * ACCEPTED);
      results.add(rows.of("mtp.gain", accepted, gain, "x", 0));
      kernels.pause(false);
      Steps timed = Steps.measure(context.seconds(), new Decoding(model, shape, 1, false), watch);
      results.addAll(rows.parts(timed, watch));
      return results;
    }
  }

  /** Makes results. */
  private record Rows(DecodeShape shape, int threads, String tier, double bandwidth) {
    List<BenchResult> of(String name, String sequences, Steps steps) {
      double tokens = steps.tokens / steps.seconds;
      double limit = bandwidth * 1e9 / steps.bytes * steps.tokens;
      String sizes = sequences + ", " + shape.label();
      return List.of(
          of(name, sizes, steps.rate(), "GB/s", bandwidth),
          of(name + ".speed", sequences, tokens, "tokens/s", limit));
    }

    BenchResult of(String name, String what, double value, String unit, double limit) {
      String full = "decode." + shape.mode().label() + "." + name;
      return new BenchResult(full, what, threads, tier, value, unit, limit);
    }

    /** Milliseconds of a token by kernel, over those of the whole token. */
    List<BenchResult> parts(Steps steps, Stopwatch watch) {
      double whole = steps.spent;
      double token = whole / steps.count * 1e3;
      List<BenchResult> results = new ArrayList<>();
      double others = 0;
      for (Stopwatch.Entry entry : watch.entries()) {
        if (entry.seconds() < LEAST_SHARE * whole) {
          others += entry.seconds();
        } else {
          results.add(
              of("one.part", entry.name(), entry.seconds() / steps.count * 1e3, "ms", token));
        }
      }
      double outside = whole - watch.seconds();
      results.add(of("one.part", "smaller kernels", others / steps.count * 1e3, "ms", token));
      results.add(of("one.part", "outside of kernels", outside / steps.count * 1e3, "ms", token));
      return results;
    }
  }

  /** A model of random weights, made one after the other. */
  private static InferenceModel model(DecodeShape shape, Kernels kernels) {
    return InferenceModel.make(
        shape.config(),
        (name, values) -> {
          if (values.shape().axes() == 1) {
            float value = name.endsWith("bias") ? 0 : 1;
            for (long i = 0; i < values.elements(); i++) {
              values.setFloat(i, value);
            }
          } else {
            SyntheticValues.fill(values, 0.02);
          }
        },
        kernels,
        shape.mode());
  }

  /**
   * Decoding and plain reading in turns: what memory gives changes by half within a minute where
   * other machines share it.
   *
   * @param bandwidth of reading, median, in GB/s
   */
  private record Turns(Steps steps, double bandwidth) {
    static Turns measure(BenchContext context, Decoding decoding) {
      try (decoding) {
        Steps.warmUp(context.seconds(), decoding);
        int turns = (int) Math.clamp(context.seconds() / TURN_SECONDS, 1, MOST_TURNS);
        List<Steps> steps = new ArrayList<>();
        double[] read = new double[turns];
        for (int turn = 0; turn < turns; turn++) {
          steps.add(Steps.take(context.seconds() / turns, decoding));
          read[turn] = MachineLimits.readAgain(context.threads());
        }
        steps.sort(Comparator.comparingDouble(Steps::rate));
        return new Turns(steps.get((turns - 1) / 2), Repetition.median(read));
      }
    }
  }

  /**
   * A typical step.
   *
   * @param seconds median
   * @param bytes of weights, mean
   * @param tokens that it gives if drafts are right
   * @param count measured steps
   * @param spent seconds of all of them
   */
  private record Steps(double seconds, double bytes, int tokens, int count, double spent) {
    double rate() {
      return bytes / seconds * 1e-9;
    }

    static Steps measure(double budget, Decoding decoding, Stopwatch watch) {
      try (decoding) {
        warmUp(budget, decoding);
        watch.reset();
        return take(budget, decoding);
      }
    }

    static void warmUp(double budget, Decoding decoding) {
      double warm = 0;
      for (int i = 0; i < WARM_UP || warm < budget; i++) {
        warm += Repetition.whole(decoding::step).run();
      }
    }

    static Steps take(double budget, Decoding decoding) {
      List<Double> times = new ArrayList<>();
      double bytes = 0;
      double spent = 0;
      while (times.size() < 3 || spent < budget) {
        double seconds = Repetition.whole(decoding::step).run();
        times.add(seconds);
        spent += seconds;
        bytes += decoding.bytes();
      }
      double median = Repetition.median(times.stream().mapToDouble(Double::doubleValue).toArray());
      return new Steps(median, bytes / times.size(), decoding.tokens(), times.size(), spent);
    }
  }

  /** Sequences that grow until the model has no more positions, then begin again. */
  static final class Decoding implements AutoCloseable {
    private final InferenceModel model;
    private final DecodeShape shape;
    private final boolean drafts;
    private final List<LatentCache> caches = new ArrayList<>();
    private final int[] tokens;
    private final ExpertCount experts;
    private int next;
    private long bytes;

    Decoding(InferenceModel model, DecodeShape shape, int sequences, boolean drafts) {
      this.model = model;
      this.shape = shape;
      this.drafts = drafts;
      ModelConfig config = model.config();
      tokens = SyntheticValues.tokens(4096, config.vocabSize());
      experts = new ExpertCount(config);
      for (int s = 0; s < sequences; s++) {
        caches.add(model.newCache(config.maxPositionEmbeddings()));
      }
    }

    int tokens() {
      return caches.size() * rows();
    }

    private int rows() {
      return drafts ? 2 : 1;
    }

    long bytes() {
      return bytes;
    }

    void step() {
      int last = caches.getFirst().length();
      if (last == 0 || last + rows() > model.config().maxPositionEmbeddings()) {
        caches.forEach(cache -> cache.truncate(0));
        take(PROMPT);
      } else {
        take(rows());
      }
    }

    private void take(int count) {
      List<InferenceModel.Chunk> chunks = new ArrayList<>();
      int from = Math.max(0, count - rows());
      for (LatentCache cache : caches) {
        chunks.add(new InferenceModel.Chunk(cache, draw(count), from, drafts));
      }
      experts.clear();
      List<Tensor> hidden = model.forward(chunks, experts).hidden();
      bytes = shape.mainBytes(experts.count());
      if (drafts) {
        List<InferenceModel.Draft> rows = new ArrayList<>();
        for (int s = 0; s < caches.size(); s++) {
          rows.add(new InferenceModel.Draft(caches.get(s), hidden.get(s), draw(count), count - 1));
        }
        experts.clear();
        model.draft(rows, experts);
        bytes += shape.mtpBytes(experts.count());
      }
    }

    private int[] draw(int count) {
      int[] drawn = new int[count];
      for (int i = 0; i < count; i++) {
        drawn[i] = tokens[next];
        next = (next + 1) % tokens.length;
      }
      return drawn;
    }

    @Override
    public void close() {
      caches.forEach(LatentCache::close);
    }
  }

  /** Counts the experts that a step uses. */
  private static final class ExpertCount implements InferenceTrace {
    private final ModelConfig config;
    private final BitSet used = new BitSet();

    ExpertCount(ModelConfig config) {
      this.config = config;
    }

    void clear() {
      used.clear();
    }

    long count() {
      return used.cardinality();
    }

    @Override
    public void router(int layer, Tensor index_TK, Tensor weight_TK) {
      for (long i = 0; i < index_TK.elements(); i++) {
        used.set(layer * config.nRoutedExperts() + index_TK.getInt(i));
      }
    }
  }
}
