package dev.hadal.bench;

import dev.hadal.kernels.Kernels;
import dev.hadal.model.InferenceMode;
import dev.hadal.model.InferenceModel;
import dev.hadal.model.InferenceTrace;
import dev.hadal.model.LatentCache;
import dev.hadal.model.ModelConfig;
import dev.hadal.model.Parameter;
import dev.hadal.model.Parameters;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;

/**
 * Decoding with a random BF16 model: bytes of weights that a step needs over its time, beside the
 * machine's read bandwidth. Experts are counted as the router chooses them, once a step. A step
 * with a draft takes two tokens through the model and the MTP layer along.
 */
final class DecodeBenchmark implements Benchmark {
  private static final int PROMPT = 32;

  /**
   * Accepted drafts of the report (§5.4.3: 85 to 90 %), for what a step with a draft would gain.
   */
  private static final double ACCEPTED = 0.85;

  private static final int BATCH = 8;
  private static final int WARM_UP = 20;

  private final DecodeShape shape;

  DecodeBenchmark(DecodeShape shape) {
    this.shape = shape;
  }

  static DecodeBenchmark usual() {
    return new DecodeBenchmark(DecodeShape.usual());
  }

  @Override
  public String name() {
    return "decode";
  }

  @Override
  public String description() {
    return "decoding of a BF16 model that exceeds the caches, over the read bandwidth";
  }

  @Override
  public List<BenchResult> run(BenchContext context) {
    double bandwidth = context.limits().readGigabytes();
    try (Kernels kernels = context.openKernels();
        InferenceModel model = model(kernels)) {
      Rows rows = new Rows(shape, context.threads(), kernels.tier(), bandwidth);
      List<BenchResult> results = new ArrayList<>();
      Steps one = Steps.measure(context.seconds(), new Decoding(model, shape, 1, false));
      results.addAll(rows.of("decode.one", "1 sequence", one));
      Steps many = Steps.measure(context.seconds(), new Decoding(model, shape, BATCH, false));
      results.addAll(rows.of("decode.batch", BATCH + " sequences", many));
      Steps mtp = Steps.measure(context.seconds(), new Decoding(model, shape, 1, true));
      results.add(rows.of("decode.mtp", "1 sequence with drafts", mtp.rate(), "GB/s", bandwidth));
      double gain = (1 + ACCEPTED) * one.seconds / mtp.seconds;
      String accepted = String.format(Locale.ROOT, "if %.0f %% were accepted", 100 * ACCEPTED);
      results.add(rows.of("decode.mtp.gain", accepted, gain, "x", 0));
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
      return new BenchResult(name, what, threads, tier, value, unit, limit);
    }
  }

  /** A model of random weights; the FP32 masters are given back once they are packed. */
  InferenceModel model(Kernels kernels) {
    try (Parameters parameters = Parameters.allocate(shape.config(), DType.F32)) {
      for (Parameter parameter : parameters.trainable()) {
        if (parameter.decays()) {
          SyntheticValues.fill(parameter.tensor(), 0.02);
        } else {
          for (long i = 0; i < parameter.tensor().elements(); i++) {
            parameter.tensor().setFloat(i, 1);
          }
        }
      }
      return new InferenceModel(shape.config(), parameters, kernels, InferenceMode.BF16);
    }
  }

  /**
   * A typical step.
   *
   * @param seconds median
   * @param bytes of weights, mean
   * @param tokens that it gives if drafts are right
   */
  private record Steps(double seconds, double bytes, int tokens) {
    double rate() {
      return bytes / seconds * 1e-9;
    }

    static Steps measure(double budget, Decoding decoding) {
      try (decoding) {
        double warm = 0;
        for (int i = 0; i < WARM_UP || warm < budget; i++) {
          warm += Repetition.whole(decoding::step).run();
        }
        List<Double> times = new ArrayList<>();
        double bytes = 0;
        double spent = 0;
        while (times.size() < 3 || spent < budget) {
          double seconds = Repetition.whole(decoding::step).run();
          times.add(seconds);
          spent += seconds;
          bytes += decoding.bytes();
        }
        double median =
            Repetition.median(times.stream().mapToDouble(Double::doubleValue).toArray());
        return new Steps(median, bytes / times.size(), decoding.tokens());
      }
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
