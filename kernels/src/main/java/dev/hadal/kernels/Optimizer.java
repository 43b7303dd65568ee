package dev.hadal.kernels;

import dev.hadal.tensor.Tensor;
import java.util.List;

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
   * Global norm: squares in binary64 by fma over 16 lanes with the fixed tree inside blocks of
   * 4,096 elements, block sums added in (tensor, block) order; the square root of that.
   */
  double norm(List<Tensor> gradients);

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
}
