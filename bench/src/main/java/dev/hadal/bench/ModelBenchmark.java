package dev.hadal.bench;

import dev.hadal.generate.ModelFiles;
import dev.hadal.generate.ModelFolder;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.ExpertStatistics;
import dev.hadal.model.InferenceMode;
import dev.hadal.model.InferenceModel;
import dev.hadal.model.LatentCache;
import dev.hadal.model.LatentCachePool;
import dev.hadal.model.MemoryLimit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Prefill and decoding of a model: tokens a second beside what the machine's arithmetic (prefill)
 * or memory (decoding one sequence) allows.
 */
final class ModelBenchmark implements Benchmark {
  /** Tokens before the first that is decoded. */
  private static final int START = 16;

  private final ModelBenchOptions options;

  ModelBenchmark(ModelBenchOptions options) {
    this.options = options;
  }

  @Override
  public String name() {
    return "model";
  }

  @Override
  public String description() {
    return "prefill and decoding of a model's files, over the machine's limits";
  }

  @Override
  public List<BenchResult> run(BenchContext context) {
    ModelFiles files = ModelFiles.read(options.model());
    InferenceMode mode = options.precision().map(InferenceMode::of).orElseGet(files::usualMode);
    try (Kernels kernels = context.openKernels();
        ModelFolder folder =
            files.open(
                kernels,
                mode,
                options.memory().map(ModelBenchOptions.Memory::cache),
                options.memory().map(m -> new MemoryLimit(m.bytes(), positions())))) {
      folder.warnings().forEach(context::note);
      return new Run(context, folder.model(), kernels).results();
    }
  }

  /** What the latent caches of the largest figure hold. */
  private long positions() {
    long pages =
        options.batches().stream().mapToInt(Integer::intValue).max().orElseThrow()
            * (long) LatentCachePool.pages(START + options.tokens());
    return Math.max(options.prompt(), pages * LatentCachePool.PAGE);
  }

  /** One model's figures. */
  private final class Run {
    private final BenchContext context;
    private final InferenceModel model;
    private final Kernels kernels;
    private final int[] ids;

    Run(BenchContext context, InferenceModel model, Kernels kernels) {
      this.context = context;
      this.model = model;
      this.kernels = kernels;
      ids = SyntheticValues.tokens(4096, model.config().vocabSize());
    }

    List<BenchResult> results() {
      List<BenchResult> results = new ArrayList<>();
      if (options.prompt() > 0) {
        measure(results, this::prefill);
      }
      if (options.tokens() > 0) {
        for (int batch : options.batches()) {
          measure(results, () -> decode(batch));
        }
      }
      return results;
    }

    /** With what was read meanwhile, warming up included, where experts are. */
    private void measure(List<BenchResult> results, Supplier<BenchResult> figure) {
      Optional<ExpertStatistics> before = model.experts();
      BenchResult result = figure.get();
      results.add(result);
      before.ifPresent(
          earlier -> {
            ExpertStatistics read = model.experts().orElseThrow().since(earlier);
            context.note(result.shape() + ": " + read.describe());
            results.add(beside(result, "hits", 100 * read.hitRate(), "%"));
            results.add(beside(result, "read", read.readRate() * 1e-6, "MB/s"));
          });
    }

    private BenchResult beside(BenchResult figure, String what, double value, String unit) {
      return new BenchResult(
          figure.name() + "." + what,
          figure.shape(),
          figure.threads(),
          figure.tier(),
          value,
          unit,
          0);
    }

    private BenchResult prefill() {
      require(options.prompt());
      double[] seconds = new double[options.repetitions()];
      for (int i = -1; i < seconds.length; i++) {
        try (LatentCache cache = model.newCache(options.prompt())) {
          long start = System.nanoTime();
          model.forward(List.of(InferenceModel.Chunk.last(cache, draw(options.prompt(), 0))));
          // The first run warms up.
          if (i >= 0) {
            seconds[i] = (System.nanoTime() - start) * 1e-9;
          }
        }
      }
      double flops = 2.0 * model.config().parameterCounts().active();
      boolean low = model.mode() != InferenceMode.EXACT;
      double limit = context.limits().gflops(kernels, low) * 1e9 / flops;
      return result(
          "prefill", options.prompt() + " tokens", options.prompt() / median(seconds), limit);
    }

    private BenchResult decode(int sequences) {
      int length = START + options.tokens();
      require(length);
      long pages = (long) sequences * LatentCachePool.pages(length);
      double[] seconds = new double[options.repetitions()];
      double read = 0;
      try (LatentCachePool pool = model.newPool(pages * model.memory().cachePerPage())) {
        for (int i = -1; i < seconds.length; i++) {
          double taken = decode(pool, sequences, length);
          if (i >= 0) {
            seconds[i] = taken;
          }
        }
        read = MachineLimits.readAgain(context.threads()) * 1e9;
      }
      double rate = sequences * (double) options.tokens() / median(seconds);
      // Several sequences share what is read in a way that depends on routing.
      double limit = sequences == 1 ? read / model.memory().readPerToken() : 0;
      String what =
          "%d tokens, %d sequence%s"
              .formatted(options.tokens(), sequences, sequences == 1 ? "" : "s");
      return result("decode", what, rate, limit);
    }

    private double decode(LatentCachePool pool, int sequences, int length) {
      List<LatentCache> caches = new ArrayList<>();
      try {
        List<InferenceModel.Chunk> prompts = new ArrayList<>();
        for (int s = 0; s < sequences; s++) {
          caches.add(model.newCache(pool, length));
          prompts.add(InferenceModel.Chunk.last(caches.get(s), draw(START, s)));
        }
        model.forward(prompts);
        long start = System.nanoTime();
        for (int step = 0; step < options.tokens(); step++) {
          List<InferenceModel.Chunk> chunks = new ArrayList<>();
          for (int s = 0; s < sequences; s++) {
            chunks.add(InferenceModel.Chunk.last(caches.get(s), draw(1, s + 31 * step)));
          }
          model.forward(chunks);
        }
        return (System.nanoTime() - start) * 1e-9;
      } finally {
        caches.forEach(LatentCache::close);
      }
    }

    private void require(int positions) {
      int most = model.config().maxPositionEmbeddings();
      if (positions > most) {
        throw new BenchException(
            "tokens: the model has %d positions, %d are needed".formatted(most, positions));
      }
    }

    private int[] draw(int count, int from) {
      int[] drawn = new int[count];
      Arrays.setAll(drawn, i -> ids[(from + i) % ids.length]);
      return drawn;
    }

    private double median(double[] seconds) {
      return Repetition.median(seconds);
    }

    private BenchResult result(String figure, String what, double rate, double limit) {
      String name = String.format(Locale.ROOT, "model.%s.%s", model.mode().label(), figure);
      return new BenchResult(
          name, what, context.threads(), kernels.tier(), rate, "tokens/s", limit);
    }
  }
}
