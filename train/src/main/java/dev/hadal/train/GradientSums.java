package dev.hadal.train;

import dev.hadal.kernels.Optimizer;
import dev.hadal.model.GradientSink;
import dev.hadal.model.Parameter;
import dev.hadal.model.ParameterNames;
import dev.hadal.model.Parameters;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The exact sum of a step's gradients: every segment (micro-batch, use, expert) is rounded to
 * multiples of a quantum and added in 64-bit integers, so that the order of additions cannot change
 * the sum. How many segments a tensor has is known before the step, and a value too large for that
 * number of them spoils the step instead of wrapping around.
 *
 * <p>A tensor of one segment goes through no integers: rounding, division by the number of targets
 * and the squares for the norm are one pass while the gradient is still in a cache.
 */
final class GradientSums implements GradientSink, AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final Optimizer optimizer;
  private final double quantum;
  private final List<Parameter> parameters;
  private final List<Tensor> gradients = new ArrayList<>();
  private final List<@Nullable Tensor> sums = new ArrayList<>();
  private final int[] firstBlocks;
  private final double[] squares;
  private final int[] seen;
  private int microBatches;
  private int uses;
  private double targets;
  private @Nullable String spoilt;

  /**
   * Buffers for a run.
   *
   * @param largestMicroBatches of any step
   * @param largestUses of embedding and head in a micro-batch: 2 with an MTP layer
   */
  GradientSums(
      Parameters parameters,
      Optimizer optimizer,
      double quantum,
      int largestMicroBatches,
      int largestUses) {
    this.parameters = parameters.trainable();
    this.optimizer = optimizer;
    this.quantum = quantum;
    this.firstBlocks = new int[this.parameters.size()];
    this.seen = new int[this.parameters.size()];
    int blocks = 0;
    for (Parameter parameter : this.parameters) {
      long[] extents = parameter.tensor().shape().extents();
      gradients.add(Tensor.allocate(arena, DType.F32, extents));
      boolean several = largestMicroBatches * (isShared(parameter) ? largestUses : 1) > 1;
      sums.add(several ? Tensor.allocate(arena, DType.I64, extents) : null);
      firstBlocks[parameter.index()] = blocks;
      blocks += Optimizer.normBlocks(parameter.tensor().elements());
    }
    this.squares = new double[blocks];
  }

  private static boolean isShared(Parameter parameter) {
    return parameter.name().equals(ParameterNames.EMBEDDING)
        || parameter.name().equals(ParameterNames.HEAD);
  }

  /** Bytes of the buffers. */
  long bytes() {
    long bytes = gradients.stream().mapToLong(Tensor::bytes).sum();
    for (int i = 0; i < sums.size(); i++) {
      Tensor sum = sums.get(i);
      bytes += sum == null ? 0 : sum.bytes();
    }
    return bytes;
  }

  /** Bytes of the buffers for this many elements. */
  static long bytes(long elements, long sharedElements, int largestMicroBatches, int largestUses) {
    long several = largestMicroBatches > 1 ? elements : largestUses > 1 ? sharedElements : 0;
    return elements * Float.BYTES + several * Long.BYTES;
  }

  /**
   * Begins a step.
   *
   * @param microBatches of the step
   * @param uses of embedding and head in a micro-batch
   * @param targets main targets of the whole step, over which gradients are divided
   */
  void begin(int microBatches, int uses, long targets) {
    this.microBatches = microBatches;
    this.uses = uses;
    this.targets = targets;
    this.spoilt = null;
    java.util.Arrays.fill(seen, 0);
    java.util.Arrays.fill(squares, 0);
  }

  private int segments(Parameter parameter) {
    return microBatches * (isShared(parameter) ? uses : 1);
  }

  @Override
  public void accept(Parameter parameter, Tensor gradient) {
    int i = parameter.index();
    int segments = segments(parameter);
    if (seen[i] == segments) {
      throw new IllegalStateException(
          "%s: more than %d segments".formatted(parameter.name(), segments));
    }
    Tensor sum = sums.get(i);
    boolean good;
    if (segments == 1) {
      good =
          optimizer.finishOne(
              gradient, quantum, targets, gradients.get(i), squares, firstBlocks[i]);
    } else if (sum == null) {
      throw new IllegalStateException(parameter.name() + ": no buffer for several segments");
    } else if (seen[i] == 0) {
      good = optimizer.begin(gradient, quantum, segments, sum);
    } else {
      good = optimizer.accumulate(gradient, quantum, segments, sum);
    }
    seen[i]++;
    if (!good && spoilt == null) {
      spoilt = parameter.name();
    }
  }

  /**
   * Ends the step: gradients are what the optimiser takes.
   *
   * @return the global norm; meaningless if the step is {@link #spoilt}
   */
  double finish() {
    for (Parameter parameter : parameters) {
      int i = parameter.index();
      Tensor gradient = gradients.get(i);
      Tensor sum = sums.get(i);
      if (seen[i] == 0) {
        gradient.data().fill((byte) 0);
      } else if (sum != null && segments(parameter) > 1) {
        optimizer.finish(sum, quantum, targets, gradient, squares, firstBlocks[i]);
      }
    }
    return Optimizer.norm(squares);
  }

  /** The first tensor with a value that is not finite or too large, or null. */
  @Nullable String spoilt() {
    return spoilt;
  }

  /** The finished gradient of a parameter. */
  Tensor gradient(Parameter parameter) {
    return gradients.get(parameter.index());
  }

  @Override
  public void close() {
    arena.close();
  }
}
