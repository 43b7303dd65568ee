package dev.hadal.train;

import dev.hadal.kernels.Kernels;
import dev.hadal.model.Precision;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What low precision does to the loss, shown as the DeepSeek-V3 report shows it (appendix B.1):
 * runs that see the same sequences in the same order and differ in the precision, or in the seed of
 * their first weights. The model is quickstart's, so is the way of its data, and so are its files
 * where they are there already.
 *
 * @param corpus what to train on; empty: the sources of a JDK of this machine
 * @param dataFolder takes tokenizer and packed tokens
 * @param steps of each run, over which its schedule runs from beginning to end
 * @param seeds of first weights
 */
public record PrecisionStudy(Optional<Path> corpus, Path dataFolder, int steps, List<Long> seeds) {
  /** Of a quickstart with the usual minutes, whose tokens are used again. */
  private static final double MINUTES = 3;

  private static final double MESSAGE_SECONDS = 10;

  /** Checks the ranges. */
  public PrecisionStudy {
    seeds = List.copyOf(seeds);
    Rules.integer("steps", steps, 2, 1_000_000);
    if (seeds.isEmpty()) {
      throw new TrainException("seeds: expected at least one");
    }
  }

  /** The configuration of a run. */
  TrainConfig config(Precision precision) {
    Quickstart quickstart = quickstart(List.of());
    TrainConfig usual = quickstart.config();
    long tokens = (long) steps * usual.training().batchStart() * usual.data().sequenceLength();
    return quickstart(
            List.of(
                "training.minutes=0",
                "training.tokens=" + tokens,
                "training.precision=" + precision.name().toLowerCase(Locale.ROOT)))
        .config();
  }

  private Quickstart quickstart(List<String> overrides) {
    return new Quickstart(
        MINUTES, corpus, dataFolder, Optional.of(dataFolder), ModelPreset.QUICKSTART, overrides);
  }

  /** The first step, counted from 0, after the learning rate's rise. */
  public int firstSteadyStep() {
    TrainConfig config = config(Precision.FP32);
    long tokens = (long) config.training().batchStart() * config.data().sequenceLength();
    return (int) Math.min(steps - 1, Math.ceilDiv(config.schedule().warmupTokens(), tokens));
  }

  /**
   * Trains every seed in every precision.
   *
   * @param kernels stay the caller's
   * @param listener takes messages: the data's, and every some seconds how long it still takes
   * @return FP32, BF16 and FP8 of the first seed, then of the next
   */
  public List<LossCurve> run(Kernels kernels, TrainingListener listener) {
    List<LossCurve> curves = new ArrayList<>();
    Clock clock = new Clock(listener, (long) steps * seeds.size() * Precision.values().length);
    try (TrainingData data =
        CorpusData.open(config(Precision.FP32), kernels.team().size(), listener)) {
      clock.start();
      for (long seed : seeds) {
        for (Precision precision : Precision.values()) {
          curves.add(run(config(precision), seed, data, kernels, clock));
        }
      }
    }
    return curves;
  }

  private LossCurve run(
      TrainConfig config, long seed, TrainingData data, Kernels kernels, Clock clock) {
    Precision precision = config.training().precision();
    TrainingState state = new TrainingState(config);
    state.initialize(seed, config.training().initStd());
    try (Trainer trainer = new Trainer(config, state, data.source(), kernels, 0)) {
      double[] losses = new double[steps];
      for (int step = 0; step < steps; step++) {
        StepRecord record = trainer.step();
        losses[step] = record.loss();
        clock.step("%s, seed %d, step %d of %d".formatted(precision, seed, step + 1, steps));
      }
      String hash = state.hash();
      double heldOut =
          data.score(trainer.evaluationModel(), config.evaluation().windows())
              .map(score -> score.negativeLogLikelihood() / score.tokens())
              .orElse(Double.NaN);
      return new LossCurve(precision, seed, losses, heldOut, hash, state.seconds());
    }
  }

  /** Says from time to time how far the runs are. */
  private static final class Clock {
    private final TrainingListener listener;
    private final long steps;
    private long done;
    private long start;
    private double next = MESSAGE_SECONDS;

    Clock(TrainingListener listener, long steps) {
      this.listener = listener;
      this.steps = steps;
    }

    void start() {
      start = System.nanoTime();
    }

    void step(String which) {
      done++;
      double seconds = (System.nanoTime() - start) * 1e-9;
      if (seconds >= next) {
        next = seconds + MESSAGE_SECONDS;
        listener.message(
            String.format(
                Locale.ROOT,
                "numerics: %s; %.0f %% of all, %.1f minutes left",
                which,
                100.0 * done / steps,
                seconds / done * (steps - done) / 60));
      }
    }
  }
}
