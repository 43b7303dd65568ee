package dev.hadal.kernels;

import dev.hadal.tensor.Tensor;

/**
 * Softmax cross-entropy over rows of logits, in place. Called on a slice of tokens at a time, so
 * that [T, V] probabilities are never kept.
 *
 * <p>Order: {@code m} = maximum, as Math.max; {@code l} = sum of exp(x - m) in the 16-lane layout;
 * {@code loss = (m + log(l)) - x[target]}; gradient {@code g_v = (exp(x_v - m) * (1 / l)) *
 * factor}, and at the target that minus factor.
 */
public interface CrossEntropy {
  /**
   * Losses and, in place of the logits, gradients.
   *
   * @param logits_TV logits; replaced by gradients
   * @param targets_T target ids; -1: no loss, a zero gradient row
   * @param factor what the loss is multiplied by before differentiation (1 for main, lambda for
   *     MTP)
   * @param loss_T set: unweighted loss of each row, 0 where there is no target
   */
  void forwardBackward(Tensor logits_TV, int[] targets_T, double factor, Tensor loss_T);

  /** Losses only; the logits stay. */
  void forward(Tensor logits_TV, int[] targets_T, Tensor loss_T);
}
