package dev.hadal.train;

import dev.hadal.format.CheckpointReader;
import dev.hadal.format.CheckpointStore;
import dev.hadal.format.FaultPoint;
import dev.hadal.format.JsonObject;
import dev.hadal.format.SafetensorsFile;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.Parameters;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A run from its first or its last saved step to its horizon: steps, and between them scores,
 * samples, metrics and checkpoints. What a killed process leaves is a whole checkpoint and at most
 * a few lines of metrics too many; {@link #resume} cuts those.
 *
 * <p>A run that has a length in time is open at first. Its horizon is found while it trains, and
 * written into the folder's configuration before the first step that depends on it; checkpoints
 * from before belong to that configuration too, as they do to any other horizon.
 */
final class TrainingLoop implements AutoCloseable {
  /**
   * What a loop works with beside its configuration; all stay the caller's.
   *
   * @param nanoseconds the clock that times steps
   */
  record Parts(
      TrainingData data,
      Kernels kernels,
      double peakFlops,
      TrainingListener listener,
      SampleWriter samples,
      LongSupplier nanoseconds,
      FaultPoint faults) {}

  private final RunFolder folder;
  private final Parts parts;
  private final Instant started = Instant.now();
  private final CheckpointStore store;
  private final TrainingState state;
  private final Trainer trainer;
  private final StateSaver saver;
  private final MetricsFile metrics;
  private final @Nullable SpeedMeasurement measurement;
  private Optional<HeldOutScore> lastScore = Optional.empty();
  private volatile boolean stopRequested;

  private TrainingLoop(
      TrainConfig config,
      RunFolder folder,
      Parts parts,
      CheckpointStore store,
      TrainingState state) {
    this.folder = folder;
    this.parts = parts;
    this.store = store;
    this.state = state;
    this.trainer =
        new Trainer(
            config, state, parts.data.source(), parts.kernels, parts.peakFlops, parts.nanoseconds);
    this.measurement = config.training().hasHorizon() ? null : new SpeedMeasurement(config);
    this.saver = new StateSaver(store, folder.checkpoints(), state);
    MetricsFile.truncateAfter(folder.metrics(), state.step());
    this.metrics = MetricsFile.append(folder.metrics());
  }

  /**
   * A new run in its folder.
   *
   * @throws TrainException if there is a run already
   */
  static TrainingLoop start(TrainConfig config, Parts parts) {
    RunFolder folder = new RunFolder(config.run().folder());
    requireNoRun(folder);
    folder.create();
    CheckpointStore store = store(config, folder, parts);
    TrainingState state = new TrainingState(config);
    state.initialize(config.run().seed(), config.training().initStd());
    TrainingLoop loop = new TrainingLoop(config, folder, parts, store, state);
    folder.writeConfig(config);
    return loop;
  }

  static void requireNoRun(RunFolder folder) {
    if (!new CheckpointStore(folder.checkpoints()).steps().isEmpty()) {
      throw new TrainException(
          "%s: holds a run already; go on with `hadal train --resume %s` or set another run.folder"
              .formatted(folder.root(), folder.root()));
    }
  }

  /**
   * The run of a folder, from its newest checkpoint; from the beginning where it has none.
   *
   * @throws TrainException if configuration or data are not those of the checkpoint
   * @throws dev.hadal.format.FormatException if the newest checkpoint is damaged, naming the older
   *     one
   */
  static TrainingLoop resume(TrainConfig config, Parts parts) {
    RunFolder folder = new RunFolder(config.run().folder());
    CheckpointStore store = store(config, folder, parts);
    store.removeLeftovers();
    Optional<CheckpointReader> checkpoint = store.latest();
    checkpoint.ifPresent(found -> requireSame(config, parts.data.source(), found));
    TrainingState state = new TrainingState(config);
    try {
      if (checkpoint.isPresent()) {
        load(state, checkpoint.get());
      } else {
        state.initialize(config.run().seed(), config.training().initStd());
      }
      TrainingLoop loop = new TrainingLoop(config, folder, parts, store, state);
      folder.writeConfig(config);
      return loop;
    } catch (RuntimeException e) {
      state.close();
      throw e;
    }
  }

  private static CheckpointStore store(TrainConfig config, RunFolder folder, Parts parts) {
    return new CheckpointStore(folder.checkpoints(), config.checkpoint().keep(), parts.faults);
  }

  private static void requireSame(
      TrainConfig config, SequenceSource source, CheckpointReader checkpoint) {
    JsonObject fields = checkpoint.manifest();
    config
        .differenceFrom(fields.getObject("config"), fields.getObject("counters").getLong("tokens"))
        .ifPresent(
            difference -> {
              throw new TrainException(
                  "%s: is of another run: %s; start a new one in another run.folder"
                      .formatted(checkpoint.folder(), difference));
            });
    String expected = fields.getString("data");
    if (!expected.equals(source.fingerprint())) {
      throw new TrainException(
          "%s: is of other data: expected %s, found %s; resume with the corpus of the run"
              .formatted(checkpoint.folder(), expected, source.fingerprint()));
    }
  }

  private static void load(TrainingState state, CheckpointReader checkpoint) {
    try (SafetensorsFile file = checkpoint.tensors(TrainingState.FILE)) {
      JsonObject counters = checkpoint.manifest().getObject("counters");
      if (counters.getLong("step") != checkpoint.step()) {
        throw counters.error("step", "expected %d".formatted(checkpoint.step()));
      }
      state.load(file, counters);
    }
  }

  /** Ends the run after the step that is being made; may be called by any thread. */
  void requestStop() {
    stopRequested = true;
  }

  /** SHA-256 of the whole state. */
  String stateHash() {
    return state.hash();
  }

  /** Trains until the horizon, or until somebody asks to stop. */
  TrainingOutcome run() {
    while (!trainer.isDone() && !stopRequested) {
      step();
    }
    return trainer.isDone() ? finish() : stopped();
  }

  TrainConfig config() {
    return trainer.config();
  }

  private void step() {
    parts.faults.reached("before-step");
    StepRecord step = trainer.step();
    parts.faults.reached("after-step");
    findHorizon(step);
    TrainConfig config = config();
    String spoilt = trainer.spoilt();
    if (spoilt != null) {
      parts.listener.message(
          "step %d did not happen: the gradient of %s is not finite or too large"
              .formatted(step.step(), spoilt));
    }
    EvaluationSection evaluation = config.evaluation();
    boolean last = trainer.isDone();
    boolean score = last || EvaluationSection.isDue(evaluation.steps(), step.step());
    boolean sample = last || EvaluationSection.isDue(evaluation.sampleSteps(), step.step());
    boolean loads = last || EvaluationSection.isDue(evaluation.loadSteps(), step.step());
    Optional<HeldOutScore> heldOut =
        score
            ? parts.data.score(trainer.evaluationModel(), last ? 0 : evaluation.windows())
            : Optional.empty();
    lastScore = last ? heldOut : Optional.empty();
    StepRecord whole =
        step.with(
            loads ? step.loads() : null,
            heldOut.orElse(null),
            sample && evaluation.sampleSteps() > 0 ? sample() : null);
    metrics.append(whole);
    parts.faults.reached("after-metrics");
    parts.listener.step(whole);
    saver.poll().ifPresent(this::saved);
    if (EvaluationSection.isDue(config.checkpoint().steps(), step.step()) && !last) {
      save();
      parts.faults.reached("after-snapshot");
      if (config.checkpoint().export()) {
        ModelExport.write(folder.model(), state.parameters(), parts.data);
      }
    }
  }

  private void findHorizon(StepRecord step) {
    if (measurement == null || config().training().hasHorizon()) {
      return;
    }
    OptionalLong found = measurement.find(step);
    if (found.isPresent()) {
      trainer.fixHorizon(found.getAsLong());
      parts.faults.reached("before-horizon");
      folder.writeConfig(config());
      parts.faults.reached("after-horizon");
    }
  }

  private StepRecord.@Nullable Sample sample() {
    Path model = folder.root().resolve(".sample");
    ModelExport.write(model, state.parameters(), parts.data);
    try {
      return parts.samples.write(model);
    } finally {
      RunFolder.remove(model);
    }
  }

  private void save() {
    saver.await().ifPresent(this::saved);
    metrics.force();
    saver.save(
        state.step(),
        JsonObject.builder()
            .put("config", config().toJson())
            .put("data", parts.data.source().fingerprint())
            .put("counters", state.counters())
            .build());
  }

  private void saved(StateSaver.Saved saved) {
    parts.listener.checkpoint(saved.step(), saved.folder());
  }

  private void saveAndWait() {
    save();
    saver.await().ifPresent(this::saved);
  }

  private TrainingOutcome stopped() {
    saveAndWait();
    TrainingOutcome outcome =
        outcome(false, TrainingOutcome.Weights.NONE, Optional.empty(), Optional.empty());
    writeProvenance(outcome);
    parts.listener.message(
        "stopped after step %d; go on with: hadal train --resume %s"
            .formatted(state.step(), folder.root()));
    return outcome;
  }

  private TrainingOutcome finish() {
    if (!store.steps().contains(state.step())) {
      saveAndWait();
    }
    parts.faults.reached("before-export");
    Optional<HeldOutScore> raw =
        lastScore.isPresent() ? lastScore : parts.data.score(trainer.evaluationModel(), 0);
    Parameters average = state.average();
    Optional<HeldOutScore> averaged =
        average == null ? Optional.empty() : parts.data.score(trainer.averageModel(), 0);
    boolean useAverage =
        raw.isPresent()
            && averaged.isPresent()
            && averaged.get().negativeLogLikelihood() < raw.get().negativeLogLikelihood();
    Parameters best = useAverage && average != null ? average : state.parameters();
    ModelExport.write(folder.model(), best, parts.data);
    parts.faults.reached("after-export");
    TrainingOutcome outcome =
        outcome(
            true,
            useAverage ? TrainingOutcome.Weights.AVERAGE : TrainingOutcome.Weights.RAW,
            raw,
            averaged);
    writeProvenance(outcome);
    return outcome;
  }

  private TrainingOutcome outcome(
      boolean complete,
      TrainingOutcome.Weights weights,
      Optional<HeldOutScore> raw,
      Optional<HeldOutScore> averaged) {
    return new TrainingOutcome(
        complete,
        state.step(),
        state.tokens(),
        state.seconds(),
        weights,
        raw,
        averaged,
        state.hash());
  }

  private void writeProvenance(TrainingOutcome outcome) {
    Provenance.write(
        folder.provenance(),
        config(),
        parts.kernels,
        started,
        state,
        parts.data.baselines(),
        Optional.of(outcome));
  }

  @Override
  public void close() {
    metrics.close();
    saver.close();
    trainer.close();
  }
}
