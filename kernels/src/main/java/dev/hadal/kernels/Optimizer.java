package dev.hadal.kernels;

import dev.hadal.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What happens between a step's gradients and the next step's weights. */
public interface Optimizer {
  /**
   * AdamW's numbers of one step and tensor.
   *
   * @param learningRate this step's
   * @param beta1 decay of the first moment
   * @param beta2 decay of the second moment
   * @param epsilon added to the root
   * @param weightDecay decoupled; 0 for tensors with one axis
   * @param step from 1
   * @param clip factor of the gradient, at most 1
   */
  record AdamW(
      double learningRate,
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay,
      long step,
      double clip) {}

  /**
   * One AdamW update (Loshchilov and Hutter, arXiv 1711.05101): {@code g' = g * clip}; {@code p = p
   * * (1 - lr * decay)}; {@code m = fma(beta1, m, (1 - beta1) * g')}; {@code v = fma(beta2, v, ((1
   * - beta2) * g') * g')}; {@code p = p - (lr / (1 - beta1^t)) * (m / (sqrt(v) / sqrt(1 - beta2^t)
   * + epsilon))}. Constants are computed in binary64 and rounded once. Moments in BF16 are decoded,
   * updated in FP32, used unrounded and stored rounded to nearest even.
   *
   * @param p master weights, F32 or F64
   * @param g gradient in the same type
   * @param m first moment, F32 or BF16 (F64 with F64 weights)
   * @param v second moment, as m
   */
  void adamW(AdamW numbers, Tensor p, Tensor g, Tensor m, Tensor v);

  /**
   * One tensor's part of a step.
   *
   * @param numbers as in {@link #adamW}
   * @param p master weights
   * @param g gradient
   * @param m first moment
   * @param v second moment
   * @param ema average of the weights, or null
   */
  record Update(AdamW numbers, Tensor p, Tensor g, Tensor m, Tensor v, @Nullable Tensor ema) {}

  /**
   * {@link #adamW} of every tensor and then, where there is an average, {@link #average}: one pass
   * over memory and one region of the team for all of them, however many and small.
   *
   * @param emaDecay of {@link #average}
   */
  void adamWAll(List<Update> updates, double emaDecay);

  /** Elements of a block of the global norm. */
  int NORM_BLOCK = 4096;

  /** The number of norm blocks of a tensor of this many elements. */
  static int normBlocks(long elements) {
    return Math.toIntExact((elements + NORM_BLOCK - 1) / NORM_BLOCK);
  }

  /**
   * Global norm: squares in binary64 by fma over 16 lanes with the fixed tree inside blocks of
   * 4,096 elements, block sums added in (tensor, block) order; the square root of that.
   */
  double norm(List<Tensor> gradients);

  /** The norm of blocks whose sums of squares are known, in (tensor, block) order. */
  static double norm(double[] squares) {
    double sum = 0;
    for (double block : squares) {
      sum += block;
    }
    return Math.sqrt(sum);
  }

  /** ema = fma(decay, ema, (1 - decay) * p). */
  void average(Tensor p, double decay, Tensor ema);

  /**
   * Adds a segment's gradient to its 64-bit fixed-point sum: each value divided by the quantum,
   * rounded to nearest even.
   *
   * @param g F32
   * @param quantum a power of two
   * @param segments how many segments this sum takes in the step
   * @param sum I64
   * @return whether every value was finite and its magnitude below 2^63 / segments quanta; if not,
   *     the sum is spoilt
   */
  boolean accumulate(Tensor g, double quantum, int segments, Tensor sum);

  /** g = (float) ((double) sum * quantum / divisor). */
  void fromFixedPoint(Tensor sum, double quantum, double divisor, Tensor g);

  /**
   * The same without an integer buffer, for a sum of one segment, in place; see {@link
   * #accumulate}; -0 becomes +0, and values are spoilt where it returns false. In F64: divides
   * only, and returns whether all were finite.
   */
  boolean throughFixedPoint(Tensor g, double quantum, double divisor);

  /**
   * {@link #accumulate} of a sum's first segment: the sum need not be cleared before.
   *
   * @return as {@link #accumulate}
   */
  boolean begin(Tensor g, double quantum, int segments, Tensor sum);

  /**
   * {@link #fromFixedPoint}, and the sum of squares of every block of the result.
   *
   * @param squares takes one number a block
   * @param firstBlock where in {@code squares}
   */
  void finish(
      Tensor sum, double quantum, double divisor, Tensor g, double[] squares, int firstBlock);

  /**
   * {@link #throughFixedPoint} from one tensor to another, and the sum of squares of every block of
   * the result: all that a sum of one segment needs, in one pass.
   *
   * @param source F32
   * @param g takes the result
   * @param squares takes one number a block
   * @param firstBlock where in {@code squares}
   * @return as {@link #throughFixedPoint}
   */
  boolean finishOne(
      Tensor source, double quantum, double divisor, Tensor g, double[] squares, int firstBlock);
}
