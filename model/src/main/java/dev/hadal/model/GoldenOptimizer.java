package dev.hadal.model;

import dev.hadal.kernels.Optimizer;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/**
 * The optimiser of the golden training runs: AdamW with learning rate 1e-3, betas 0.9 and 0.95,
 * epsilon 1e-8, decay 0.1, clipping to norm 1, moments not rounded, and gate biases moved by 0.001
 * towards balance after each step (DeepSeek-V3 report §2.1.2).
 */
final class GoldenOptimizer implements AutoCloseable {
  private static final double BIAS_SPEED = 0.001;
  private static final double QUANTUM = 0x1p-32;

  private final Parameters parameters;
  private final Optimizer optimizer;
  private final Arena arena = Arena.ofShared();
  private final List<Tensor> gradients = new ArrayList<>();
  private final List<Tensor> firstMoments = new ArrayList<>();
  private final List<Tensor> secondMoments = new ArrayList<>();

  GoldenOptimizer(Parameters parameters, Optimizer optimizer) {
    this.parameters = parameters;
    this.optimizer = optimizer;
    for (Parameter parameter : parameters.trainable()) {
      gradients.add(like(parameter));
      firstMoments.add(like(parameter));
      secondMoments.add(like(parameter));
    }
  }

  private Tensor like(Parameter parameter) {
    Tensor tensor = parameter.tensor();
    return Tensor.allocate(arena, tensor.dtype(), tensor.shape().extents());
  }

  void clear() {
    gradients.forEach(gradient -> gradient.data().fill((byte) 0));
  }

  void add(Parameter parameter, Tensor gradient) {
    Tensor sum = gradients.get(parameter.index());
    boolean wide = sum.dtype() == DType.F64;
    for (long i = 0; i < sum.elements(); i++) {
      if (wide) {
        sum.setDouble(i, sum.getDouble(i) + gradient.getDouble(i));
      } else {
        sum.setFloat(i, sum.getFloat(i) + gradient.getFloat(i));
      }
    }
  }

  Tensor gradient(Parameter parameter) {
    return gradients.get(parameter.index());
  }

  /** Divides by the number of targets and returns the global norm. */
  double finishGradients(long tokens) {
    for (Tensor gradient : gradients) {
      if (!optimizer.throughFixedPoint(gradient, QUANTUM, (double) tokens)) {
        throw new ModelException("a golden gradient is not finite");
      }
    }
    return optimizer.norm(gradients);
  }

  void step(int step, double norm, long[][] loads) {
    double clip = Math.min(1, 1 / (norm + 1e-6));
    for (Parameter parameter : parameters.trainable()) {
      int i = parameter.index();
      Optimizer.AdamW numbers =
          new Optimizer.AdamW(1e-3, 0.9, 0.95, 1e-8, parameter.decays() ? 0.1 : 0, step, clip);
      optimizer.adamW(
          numbers, parameter.tensor(), gradients.get(i), firstMoments.get(i), secondMoments.get(i));
    }
    if (parameters.config().hasGateBias()) {
      List<Tensor> biases = parameters.gateBiases();
      for (int layer = 0; layer < biases.size(); layer++) {
        balance(biases.get(layer), loads[layer]);
      }
    }
  }

  private static void balance(Tensor bias_E, long[] load) {
    double mean = java.util.Arrays.stream(load).sum() / (double) load.length;
    for (int e = 0; e < load.length; e++) {
      double change = BIAS_SPEED * Math.signum(mean - load[e]);
      if (bias_E.dtype() == DType.F64) {
        bias_E.setDouble(e, bias_E.getDouble(e) + change);
      } else {
        bias_E.setFloat(e, (float) (bias_E.getFloat(e) + change));
      }
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
