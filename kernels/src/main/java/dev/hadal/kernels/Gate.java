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
   * Chooses. The choice score is the score plus, with SIGMOID, the bias; masked groups get
   * -infinity; ties go to the lowest index; NaN comes after -infinity, among groups too. A group of
   * one expert scores as that expert. Softmax: subtract the maximum (as Math.max), exp, divide by
   * the sum in the 16-lane layout. Chosen indices are ascending; the normalising sum adds in that
   * order from its first term; weight = (score / sum) * scale, or score * scale.
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
   * <p>Order, with s_k the score and dw_k the weight's gradient of slot k: {@code sum} = s_0 + s_1
   * + …; {@code c} = fma(dw_k, s_k / sum, c) over ascending k from +0; {@code ds = dscores}, at the
   * chosen {@code ds + ((dw_k - c) * scale) / sum}, without normalisation {@code ds + dw_k *
   * scale}. SIGMOID: {@code dlogit = ds * (s * (1 - s))}. SOFTMAX: {@code m} = sum of ds * s by fma
   * in the 16-lane layout, {@code dlogit = s * (ds - m)}.
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
   * ranks the raw scores (ties to the lowest index, NaN last) and carries no gradient.
   *
   * <p>Order: with n_i the number of the sequence's tokens whose K largest scores include expert i,
   * {@code F_i = alpha * n_i / (K * length / E)} in binary64, rounded once. For a token: {@code z}
   * = sum of its scores in the 16-lane layout; {@code p_i = s_i / z}; {@code l} = sum of F_i * p_i
   * by fma in the 16-lane layout; {@code dscore_i = (F_i - l) / z}. The result adds the tokens' l
   * in binary64, ascending.
   *
   * @param alpha the factor
   * @param scores_TE affinity scores
   * @param sequenceOffsets as in {@link CausalAttention}
   * @param dscores_TE set: gradient of what is returned
   * @return the sum over sequences of length times the sequence's balance loss
   */
  double balance(
      Rule rule, double alpha, Tensor scores_TE, int[] sequenceOffsets, Tensor dscores_TE);
}
