package dev.hadal.bench;

import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.Optimizer;
import dev.hadal.model.LossSums;
import dev.hadal.model.MicroBatch;
import dev.hadal.model.Parameter;
import dev.hadal.model.Parameters;
import dev.hadal.model.Precision;
import dev.hadal.model.TrainingModel;
import dev.hadal.model.TrainingOptions;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A whole training step on random tokens, as a run makes it: rounding and packing of weights,
 * forward, backward, gradients rounded to their quantum, global norm, AdamW with BF16 moments, gate
 * bias.
 */
final class TrainingStep implements AutoCloseable {
  private static final double QUANTUM = 0x1p-32;
  private static final double LEARNING_RATE = 1e-3;
  private static final double BIAS_SPEED = 0.001;
  private static final long BUDGET = 16L << 30;

  private final Kernels kernels;
  private final Parameters parameters;
  private final TrainingModel model;
  private final MicroBatch batch;
  private final Arena arena = Arena.ofShared();
  private final List<Tensor> gradients = new ArrayList<>();
  private final List<Tensor> firstMoments = new ArrayList<>();
  private final List<Tensor> secondMoments = new ArrayList<>();
  private final int[] firstBlocks;
  private final double[] squares;
  private final boolean[] reported;
  private @Nullable Parameter spoilt;
  private int steps;

  /** A step that keeps queries, keys and values: these models leave the memory for it. */
  TrainingStep(TrainingShape shape, Precision precision, Kernels kernels) {
    this(shape, precision, kernels, false);
  }

  /** The same, recomputing or keeping. */
  TrainingStep(TrainingShape shape, Precision precision, Kernels kernels, boolean recompute) {
    this.kernels = kernels;
    parameters = Parameters.allocate(shape.config(), DType.F32);
    firstBlocks = new int[parameters.trainable().size()];
    int blocks = 0;
    for (Parameter parameter : parameters.trainable()) {
      Tensor tensor = parameter.tensor();
      if (parameter.decays()) {
        SyntheticValues.fill(tensor, 0.02);
      } else {
        for (long i = 0; i < tensor.elements(); i++) {
          tensor.setFloat(i, 1);
        }
      }
      firstBlocks[parameter.index()] = blocks;
      blocks += Optimizer.normBlocks(tensor.elements());
      long[] extents = tensor.shape().extents();
      gradients.add(Tensor.allocate(arena, DType.F32, extents));
      firstMoments.add(Tensor.allocate(arena, DType.BF16, extents));
      secondMoments.add(Tensor.allocate(arena, DType.BF16, extents));
    }
    squares = new double[blocks];
    reported = new boolean[gradients.size()];
    TrainingOptions options =
        new TrainingOptions(
            precision, 0, 0.0001, shape.config().gateRule().groups(), BUDGET, recompute);
    model = new TrainingModel(shape.config(), parameters, kernels, options);
    int tokens = shape.sequences() * (shape.length() + 1);
    batch =
        new MicroBatch(
            shape.sequences(),
            shape.length(),
            SyntheticValues.tokens(tokens, shape.config().vocabSize()));
  }

  /** Runs a step and returns the mean loss before it. */
  double run() {
    Arrays.fill(reported, false);
    Arrays.fill(squares, 0);
    model.prepareStep();
    LossSums sums = model.forwardBackward(batch, this::take);
    Parameter notFinite = spoilt;
    if (notFinite != null) {
      throw new BenchException("training: the gradient of " + notFinite + " is not finite");
    }
    for (int i = 0; i < reported.length; i++) {
      if (!reported[i]) {
        gradients.get(i).data().fill((byte) 0);
      }
    }
    update(Math.min(1, 1 / (Optimizer.norm(squares) + 1e-6)));
    moveBiases(sums.loads());
    return sums.main() / sums.tokens();
  }

  private void take(Parameter parameter, Tensor gradient) {
    int i = parameter.index();
    reported[i] = true;
    boolean good =
        kernels
            .optimizer()
            .finishOne(
                gradient, QUANTUM, batch.inputs(), gradients.get(i), squares, firstBlocks[i]);
    if (!good && spoilt == null) {
      spoilt = parameter;
    }
  }

  private void update(double clip) {
    steps++;
    List<Optimizer.Update> updates = new ArrayList<>();
    for (Parameter parameter : parameters.trainable()) {
      int i = parameter.index();
      double decay = parameter.decays() ? 0.1 : 0;
      Optimizer.AdamW numbers =
          new Optimizer.AdamW(LEARNING_RATE, 0.9, 0.95, 1e-8, decay, steps, clip);
      updates.add(
          new Optimizer.Update(
              numbers,
              parameter.tensor(),
              gradients.get(i),
              firstMoments.get(i),
              secondMoments.get(i),
              null));
    }
    kernels.optimizer().adamWAll(updates, 0);
  }

  private void moveBiases(long[][] loads) {
    List<Tensor> biases = parameters.gateBiases();
    for (int layer = 0; layer < biases.size(); layer++) {
      Tensor bias_E = biases.get(layer);
      double mean = Arrays.stream(loads[layer]).average().orElse(0);
      for (int e = 0; e < bias_E.rows(); e++) {
        double change = BIAS_SPEED * Math.signum(mean - loads[layer][e]);
        bias_E.setFloat(e, (float) (bias_E.getFloat(e) + change));
      }
    }
  }

  @Override
  public void close() {
    model.close();
    parameters.close();
    arena.close();
  }
}
