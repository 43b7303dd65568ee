package dev.hadal.kernels;

import dev.hadal.tensor.Tensor;

/**
 * Expert routing (DeepSeek-V3 report §2.1.2, equations 12 to 20; DeepSeek-V3 repository,
 * inference/model.py, Gate). Letters: T tokens, E experts, K chosen a token.
 */
public interface Gate {
  /** The affinity function. */
  enum Scoring {
    /** DeepSeek-V3: scores = sigmoid(logits); the bias is added for the choice only. */
    SIGMOID,
    /** DeepSeek-V2-Lite: scores = softmax(logits), no bias. */
    SOFTMAX
  }

  /** How a group is scored for node-limited routing. */
  enum GroupScore {
    /** Sum of the two largest choice scores. */
    TOP2_SUM,
    /** The largest choice score (DeepSeek-V2 group_limited_greedy). */
    MAX
  }

  /**
   * The rule.
   *
   * @param experts E
   * @param chosen K
   * @param groups number of groups of consecutive experts
   * @param keptGroups groups a token may use
   * @param scoring affinity function
   * @param groupScore how groups are ranked
   * @param normalize whether chosen weights are divided by their sum
   * @param scale routed_scaling_factor
   */
  record Rule(
      int experts,
      int chosen,
      int groups,
      int keptGroups,
      Scoring scoring,
      GroupScore groupScore,
      boolean normalize,
      double scale) {}

  /**
   * Chooses. Masked groups get -infinity; ties go to the lowest index; NaN logits are chosen last.
   * Softmax: subtract the maximum, exp, divide by the sum in the 16-lane layout. Chosen indices are
   * ascending; the normalising sum adds in that order from its first term; weight = (score / sum) *
   * scale, or score * scale.
   *
   * @param logits_TE FP32 logits
   * @param bias_E choice bias, F32 (F64 in the FP64 reference); zeros where there is none
   * @param scores_TE set: affinity scores
   * @param index_TK I32, set
   * @param weight_TK set
   */
  void route(
      Rule rule,
      Tensor logits_TE,
      Tensor bias_E,
      Tensor scores_TE,
      Tensor index_TK,
      Tensor weight_TK);

  /**
   * Gradient of the chosen weights with respect to the logits, plus that of the balance loss.
   *
   * @param dweight_TK gradient of the weights
   * @param dscores_TE gradient of all scores (of the balance loss), added; may be all zero
   * @param dlogits_TE set
   */
  void backward(
      Rule rule,
      Tensor scores_TE,
      Tensor index_TK,
      Tensor weight_TK,
      Tensor dweight_TK,
      Tensor dscores_TE,
      Tensor dlogits_TE);

  /**
   * The sequence-wise balance loss of each sequence and its gradient (report equations 17 to 20):
   * alpha * sum_i f_i P_i times the sequence's length, since losses here are sums over tokens; f
   * ranks the raw scores (ties to the lowest index) and carries no gradient.
   *
   * @param alpha the factor
   * @param scores_TE affinity scores
   * @param sequenceOffsets as in {@link CausalAttention}
   * @param dscores_TE set: gradient of the length-weighted sum over sequences
   * @return the sum over sequences of length times the sequence's balance loss
   */
  double balance(
      Rule rule, double alpha, Tensor scores_TE, int[] sequenceOffsets, Tensor dscores_TE);
}
