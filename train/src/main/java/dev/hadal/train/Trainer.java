package dev.hadal.train;

import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.Optimizer;
import dev.hadal.model.LossSums;
import dev.hadal.model.MicroBatch;
import dev.hadal.model.Parameter;
import dev.hadal.model.Parameters;
import dev.hadal.model.TrainingModel;
import dev.hadal.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Trains a model a step at a time (DeepSeek-V3 report §2.1.2, §2.2, §4.2).
 *
 * <p>A step reads its sequences by number, lets them through the model in micro-batches of the
 * configured size, sums their gradients exactly, clips, updates every tensor and its average, and
 * moves the gate biases by the loads of the whole batch. All of it is a function of configuration,
 * data and the state after the step before: not of threads, time or memory.
 *
 * <p>Not thread-safe; the kernels' team works for it.
 */
final class Trainer implements AutoCloseable {
  private static final int MOST_SKIPPED = 10;

  private final Kernels kernels;
  private final SequenceSource source;
  private final TrainingState state;
  private final GradientSums sums;
  private final long workspaceBytes;
  private final double peakFlops;
  private final LongSupplier nanoseconds;
  private final int[] tokens;
  private TrainConfig config;
  private Schedules schedules;
  private TrainingModel model;
  private double mtpWeight;
  private boolean finished;

  /**
   * A trainer of a state that becomes its own.
   *
   * @param kernels stay the caller's
   * @param peakFlops the machine's measured FP32 peak, 0 if it is not known
   */
  Trainer(
      TrainConfig config,
      TrainingState state,
      SequenceSource source,
      Kernels kernels,
      double peakFlops) {
    this(config, state, source, kernels, peakFlops, System::nanoTime);
  }

  /**
   * The same with another clock.
   *
   * @param nanoseconds rises while a step is made
   */
  Trainer(
      TrainConfig config,
      TrainingState state,
      SequenceSource source,
      Kernels kernels,
      double peakFlops,
      LongSupplier nanoseconds) {
    if (source.length() != config.data().sequenceLength()) {
      throw Rules.invalid(
          "data.sequence_length",
          "the source's " + source.length(),
          config.data().sequenceLength());
    }
    this.config = config;
    this.state = state;
    this.source = source;
    this.kernels = kernels;
    this.peakFlops = peakFlops;
    this.nanoseconds = nanoseconds;
    this.schedules = new Schedules(config);
    this.workspaceBytes = TrainingMemory.of(config, 0).workspaceBudget(config);
    TrainingSection training = config.training();
    this.sums =
        new GradientSums(
            state.parameters(),
            kernels.optimizer(),
            config.optimizer().quantum(),
            training.batchEnd() / training.microBatch(),
            config.model().numNextnPredictLayers() > 0 ? 2 : 1);
    this.tokens = new int[training.microBatch() * (source.length() + 1)];
    this.mtpWeight = schedules.mtpWeight(state.tokens());
    this.model = newModel();
  }

  private TrainingModel newModel() {
    TrainingModel made =
        new TrainingModel(
            config.model(), state.parameters(), kernels, config.options(mtpWeight, workspaceBytes));
    made.reserve(config.training().microBatch(), source.length());
    return made;
  }

  /** Bytes that gradients and their exact sums have. */
  long gradientBytes() {
    return sums.bytes();
  }

  /** The model that trains. */
  TrainingModel model() {
    return model;
  }

  TrainConfig config() {
    return config;
  }

  TrainingState state() {
    return state;
  }

  /** Whether the horizon is known and reached. */
  boolean isDone() {
    return config.training().hasHorizon() && state.tokens() >= config.training().tokens();
  }

  /**
   * Ends the open part of the run: from here on steps depend on the horizon.
   *
   * @param horizon in tokens; where more have been trained on, the run is over
   * @throws IllegalStateException if the horizon is known already
   */
  void fixHorizon(long horizon) {
    if (config.training().hasHorizon()) {
      throw new IllegalStateException(
          "the horizon is fixed already, at %d tokens".formatted(config.training().tokens()));
    }
    config = config.withHorizon(Math.max(horizon, state.tokens()), state.tokens());
    schedules = new Schedules(config);
  }

  /** The model over the present weights, for evaluation between steps. */
  TrainingModel evaluationModel() {
    model.prepareStep();
    return model;
  }

  /**
   * A model over the average of the weights, in the place of the one that trained: there are no
   * more steps.
   */
  TrainingModel averageModel() {
    Parameters average = java.util.Objects.requireNonNull(state.average());
    model.close();
    model =
        new TrainingModel(
            config.model(), average, kernels, config.options(mtpWeight, workspaceBytes));
    model.prepareStep();
    finished = true;
    return model;
  }

  /**
   * One step.
   *
   * @throws TrainException if ten steps in a row did not happen
   */
  StepRecord step() {
    if (finished) {
      throw new IllegalStateException("the trainer has become the evaluator of an average");
    }
    long start = nanoseconds.getAsLong();
    long before = state.tokens();
    int batch = schedules.batch(before);
    long targets = schedules.targets(batch);
    useMtpWeight(schedules.mtpWeight(before));
    model.prepareStep();
    int microBatch = config.training().microBatch();
    sums.begin(batch / microBatch, usesOfEmbeddingAndHead(), targets);
    LossSums losses = null;
    for (int first = 0; first < batch; first += microBatch) {
      LossSums part = model.forwardBackward(read(state.sequences() + first), sums);
      losses = losses == null ? part : losses.plus(part);
    }
    LossSums all = java.util.Objects.requireNonNull(losses);
    double norm = sums.finish();
    String spoilt = sums.spoilt();
    double rate = schedules.learningRate(before + targets);
    if (spoilt == null) {
      update(rate, norm, schedules.emaDecay(before + targets, targets));
      balance(schedules.biasSpeed(before), all.loads());
    }
    double spent = (nanoseconds.getAsLong() - start) * 1e-9;
    state.advance(batch, targets, spoilt != null, all.loads(), spent);
    if (state.skippedInARow() >= MOST_SKIPPED) {
      throw new TrainException(
          "step %d: %d steps in a row had a gradient that is not finite or too large, the last in"
                  .formatted(state.step(), MOST_SKIPPED)
              + " %s; lower schedule.peak or look at the data".formatted(spoilt));
    }
    return record(all, targets, rate, norm, spoilt, spent);
  }

  /** The tensor whose gradient spoilt the last step, or null. */
  @Nullable String spoilt() {
    return sums.spoilt();
  }

  /** The MTP layer uses both once more. */
  private int usesOfEmbeddingAndHead() {
    return mtpWeight > 0 && config.model().numNextnPredictLayers() > 0 ? 2 : 1;
  }

  private void useMtpWeight(double weight) {
    if (weight == mtpWeight) {
      return;
    }
    boolean sameLayers = weight > 0 && mtpWeight > 0;
    mtpWeight = weight;
    if (sameLayers) {
      model.mtpWeight(weight);
    } else {
      model.close();
      model = newModel();
    }
  }

  private MicroBatch read(long first) {
    int length = source.length();
    int sequences = config.training().microBatch();
    for (int s = 0; s < sequences; s++) {
      source.read(first + s, tokens, s * (length + 1));
    }
    return new MicroBatch(sequences, length, tokens);
  }

  private void update(double rate, double norm, double emaDecay) {
    OptimizerSection optimizer = config.optimizer();
    double clip = Math.min(1, optimizer.clip() / (norm + 1e-6));
    long number = state.updates() + 1;
    Optimizer.AdamW decaying = numbers(rate, optimizer.weightDecay(), number, clip);
    Optimizer.AdamW keeping = numbers(rate, 0, number, clip);
    Parameters average = state.average();
    List<Parameter> averages = average == null ? List.of() : average.trainable();
    List<Optimizer.Update> updates = new ArrayList<>();
    for (Parameter parameter : state.parameters().trainable()) {
      updates.add(
          new Optimizer.Update(
              parameter.decays() ? decaying : keeping,
              parameter.tensor(),
              sums.gradient(parameter),
              state.firstMoment(parameter),
              state.secondMoment(parameter),
              average == null ? null : averages.get(parameter.index()).tensor()));
    }
    kernels.optimizer().adamWAll(updates, emaDecay);
  }

  private Optimizer.AdamW numbers(double rate, double decay, long number, double clip) {
    OptimizerSection optimizer = config.optimizer();
    return new Optimizer.AdamW(
        rate, optimizer.beta1(), optimizer.beta2(), optimizer.epsilon(), decay, number, clip);
  }

  /** Every overloaded expert's bias sinks, every underloaded one's rises; balanced ones stay. */
  private void balance(double speed, long[][] loads) {
    if (!config.model().hasGateBias()) {
      return;
    }
    List<Tensor> biases = state.parameters().gateBiases();
    Parameters average = state.average();
    for (int layer = 0; layer < biases.size(); layer++) {
      Tensor bias_E = biases.get(layer);
      long total = java.util.Arrays.stream(loads[layer]).sum();
      for (int e = 0; e < loads[layer].length; e++) {
        int sign = Long.signum(total - loads[layer][e] * loads[layer].length);
        bias_E.setFloat(e, (float) (bias_E.getFloat(e) + speed * sign));
      }
      if (average != null) {
        average.gateBiases().get(layer).copyFrom(bias_E);
      }
    }
  }

  private StepRecord record(
      LossSums losses,
      long targets,
      double rate,
      double norm,
      @Nullable String spoilt,
      double spent) {
    double speed = targets / spent;
    double flops = 6.0 * config.model().parameterCounts().active() * speed;
    boolean mtp = losses.mtpTokens() > 0;
    return new StepRecord(
        state.step(),
        state.tokens(),
        config.training().tokens(),
        config.training().minutes() * 60,
        rate,
        losses.main() / losses.tokens(),
        mtp ? losses.mtp() / losses.mtpTokens() : 0,
        losses.balance() / losses.tokens(),
        spoilt == null ? norm : Double.NaN,
        maxVio(losses.loads()),
        mtp ? (double) losses.mtpCorrect() / losses.mtpTokens() : 0,
        spoilt != null,
        state.seconds(),
        speed,
        peakFlops > 0 ? flops / peakFlops : 0,
        losses.loads(),
        null,
        null);
  }

  /**
   * (largest load - mean load) / mean load, mean over the layers that routed (Wang et al., arXiv
   * 2408.15664, equation 4).
   */
  static double maxVio(long[][] loads) {
    double sum = 0;
    int layers = 0;
    for (long[] layer : loads) {
      double mean = (double) java.util.Arrays.stream(layer).sum() / layer.length;
      if (mean > 0) {
        sum += (java.util.Arrays.stream(layer).max().orElse(0) - mean) / mean;
        layers++;
      }
    }
    return layers == 0 ? 0 : sum / layers;
  }

  @Override
  public void close() {
    model.close();
    sums.close();
    state.close();
  }
}
