package dev.hadal.train;

import dev.hadal.format.FaultPoint;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.ModelConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * A training run from corpus to model folder: what {@code hadal train} does. The run's folder is
 * described in {@link RunFolder}.
 *
 * <pre>{@code
 * try (TrainingRun run = TrainingRun.start(config, kernels, peakFlops, listener)) {
 *   TrainingOutcome outcome = run.run();
 * }
 * }</pre>
 *
 * <p>Tokenizer, packing, scores and checkpoints do not count as training time, neither where it is
 * reported nor where the configuration's {@code training.minutes} ask for so much of it.
 */
public final class TrainingRun implements AutoCloseable {
  /** Rows of an expert from which on its products come near the machine's peak. */
  static final int ENOUGH_ROWS = 48;

  private final RunFolder folder;
  private final TrainingData data;
  private final TrainingLoop loop;

  private TrainingRun(RunFolder folder, TrainingData data, TrainingLoop loop) {
    this.folder = folder;
    this.data = data;
    this.loop = loop;
  }

  /**
   * Prepares a new run: refuses what does not fit into memory, then makes tokenizer and shards.
   *
   * @param kernels stay the caller's
   * @param peakFlops the machine's measured FP32 peak in operations a second, 0 if it is not known
   * @param listener takes the memory plan, progress and steps
   * @throws TrainException if configuration, corpus or memory forbid it
   */
  public static TrainingRun start(
      TrainConfig config, Kernels kernels, double peakFlops, TrainingListener listener) {
    RunFolder folder = new RunFolder(config.run().folder());
    TrainingLoop.requireNoRun(folder);
    requireMemory(config, listener);
    folder.create();
    TrainingData data = CorpusData.open(config, kernels.team().size(), listener);
    try {
      TrainingLoop.Parts parts = parts(config, data, kernels, peakFlops, listener);
      return new TrainingRun(folder, data, TrainingLoop.start(config, parts));
    } catch (RuntimeException | Error e) {
      data.close();
      throw e;
    }
  }

  /**
   * Prepares to go on with a run from its newest checkpoint, or from the beginning where it has
   * none yet.
   *
   * @param root the run's folder
   * @param overrides {@code section.key=value}; only what cannot change the run's bits
   * @throws TrainException if configuration or data are not those of the run
   * @throws dev.hadal.format.FormatException if the newest checkpoint is damaged, naming the older
   */
  public static TrainingRun resume(
      Path root,
      List<String> overrides,
      Kernels kernels,
      double peakFlops,
      TrainingListener listener) {
    RunFolder folder = new RunFolder(root);
    List<String> all = new java.util.ArrayList<>(List.of("run.folder=" + root));
    all.addAll(overrides);
    TrainConfig config = folder.readConfig(all);
    requireMemory(config, listener);
    TrainingData data = CorpusData.open(config, kernels.team().size(), listener);
    try {
      TrainingLoop.Parts parts = parts(config, data, kernels, peakFlops, listener);
      return new TrainingRun(folder, data, TrainingLoop.resume(config, parts));
    } catch (RuntimeException | Error e) {
      data.close();
      throw e;
    }
  }

  private static void requireMemory(TrainConfig config, TrainingListener listener) {
    long tokens = config.data().maxTokens();
    TrainingMemory memory = TrainingMemory.of(config, 2 * tokens);
    listener.message(memory.summary());
    memory.requireFits();
    adviseOnExperts(config, listener);
  }

  /** All experts' products of one kind run in one call, but few rows use no product well. */
  private static void adviseOnExperts(TrainConfig config, TrainingListener listener) {
    ModelConfig model = config.model();
    if (model.moeLayers().length == 0) {
      return;
    }
    double rows = config.meanExpertRows();
    listener.message(
        String.format(
            Locale.ROOT,
            "experts: %.0f rows each on average, of %,d tokens with %d of %d experts%s",
            rows,
            config.training().microBatch() * config.data().sequenceLength(),
            model.numExpertsPerTok(),
            model.nRoutedExperts(),
            rows < ENOUGH_ROWS
                ? "; below %d their products are slow: a larger training.micro_batch helps"
                    .formatted(ENOUGH_ROWS)
                : ""));
  }

  private static TrainingLoop.Parts parts(
      TrainConfig config,
      TrainingData data,
      Kernels kernels,
      double peakFlops,
      TrainingListener listener) {
    return new TrainingLoop.Parts(
        data,
        kernels,
        peakFlops,
        listener,
        new ModelSamples(config, kernels),
        System::nanoTime,
        FaultPoint.NONE);
  }

  /** Where the run's files are. */
  public RunFolder folder() {
    return folder;
  }

  /** The run's configuration; its horizon may be found while it runs. */
  public TrainConfig config() {
    return loop.config();
  }

  /**
   * Trains to the horizon, or for the minutes of the configuration, and writes the model folder, or
   * saves and returns after the step in which somebody asked to stop.
   *
   * @throws TrainException if ten steps in a row did not happen, or the disk is full
   */
  public TrainingOutcome run() {
    return loop.run();
  }

  /** Ends {@link #run} after the step that is being made; may be called by any thread. */
  public void requestStop() {
    loop.requestStop();
  }

  /** SHA-256 of the whole state: weights, moments, average, biases, counters. */
  public String stateHash() {
    return loop.stateHash();
  }

  @Override
  public void close() {
    loop.close();
    data.close();
  }
}
