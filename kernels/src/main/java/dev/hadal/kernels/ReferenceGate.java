package dev.hadal.kernels;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.util.Arrays;

/** {@link Gate}, a token at a time. */
record ReferenceGate(Arithmetic arithmetic) implements Gate {
  @Override
  public void route(
      Rule rule,
      Tensor logits_TE,
      Tensor bias_E,
      Tensor scores_TE,
      Tensor index_TK,
      Tensor weight_TK) {
    int tokens = logits_TE.rows();
    int experts = rule.experts();
    int chosen = rule.chosen();
    requireRoute(arithmetic, rule, logits_TE, bias_E, scores_TE, index_TK, weight_TK);
    double[] bias = new double[experts];
    arithmetic.load(bias_E, 0, bias, 0, experts);
    for (int t = 0; t < tokens; t++) {
      double[] scores = scores(rule.scoring(), arithmetic.row(logits_TE, t));
      arithmetic.store(scores, 0, scores_TE, (long) t * experts, experts);
      double[] choice = scores.clone();
      if (rule.scoring() == Scoring.SIGMOID) {
        for (int e = 0; e < experts; e++) {
          choice[e] = arithmetic.add(scores[e], bias[e]);
        }
      }
      maskGroups(rule, choice);
      int[] best = best(choice, 0, experts, chosen);
      Arrays.sort(best);
      double sum = chosenSum(scores, best);
      double scale = arithmetic.round(rule.scale());
      for (int k = 0; k < chosen; k++) {
        double score = scores[best[k]];
        double share = rule.normalize() ? arithmetic.div(score, sum) : score;
        arithmetic.store(weight_TK, (long) t * chosen + k, arithmetic.mul(share, scale));
        index_TK.setInt((long) t * chosen + k, best[k]);
      }
    }
  }

  private double[] scores(Scoring scoring, double[] logits) {
    return switch (scoring) {
      case SIGMOID -> Arrays.stream(logits).map(arithmetic::sigmoid).toArray();
      case SOFTMAX -> {
        double maximum = Double.NEGATIVE_INFINITY;
        for (double logit : logits) {
          maximum = Math.max(maximum, logit);
        }
        for (int e = 0; e < logits.length; e++) {
          logits[e] = arithmetic.exp(arithmetic.sub(logits[e], maximum));
        }
        double sum = arithmetic.sum(logits, 0, logits.length);
        for (int e = 0; e < logits.length; e++) {
          logits[e] = arithmetic.div(logits[e], sum);
        }
        yield logits;
      }
    };
  }

  /** Sets the scores of all groups but the kept ones to -infinity. */
  private void maskGroups(Rule rule, double[] choice) {
    int size = rule.experts() / rule.groups();
    double[] groupScores = new double[rule.groups()];
    for (int g = 0; g < rule.groups(); g++) {
      int[] top = best(choice, g * size, (g + 1) * size, Math.min(2, size));
      double first = choice[top[0]];
      groupScores[g] =
          rule.groupScore() == GroupScore.MAX || size == 1
              ? first
              : arithmetic.add(first, choice[top[1]]);
    }
    int[] kept = best(groupScores, 0, rule.groups(), rule.keptGroups());
    Arrays.sort(kept);
    for (int g = 0; g < rule.groups(); g++) {
      if (Arrays.binarySearch(kept, g) < 0) {
        Arrays.fill(choice, g * size, (g + 1) * size, Double.NEGATIVE_INFINITY);
      }
    }
  }

  /**
   * The indices in [from, to) of the largest values, largest first; of equal ones the lowest index
   * first; NaN after all others.
   */
  private static int[] best(double[] values, int from, int to, int count) {
    int[] best = new int[count];
    boolean[] taken = new boolean[to - from];
    for (int k = 0; k < count; k++) {
      int top = -1;
      for (int i = from; i < to; i++) {
        if (!taken[i - from] && (top < 0 || precedes(values[i], values[top]))) {
          top = i;
        }
      }
      taken[top - from] = true;
      best[k] = top;
    }
    return best;
  }

  private static boolean precedes(double a, double b) {
    return a > b || (Double.isNaN(b) && !Double.isNaN(a));
  }

  private double chosenSum(double[] scores, int[] index) {
    double sum = scores[index[0]];
    for (int k = 1; k < index.length; k++) {
      sum = arithmetic.add(sum, scores[index[k]]);
    }
    return sum;
  }

  @Override
  public void backward(
      Rule rule,
      Tensor scores_TE,
      Tensor index_TK,
      Tensor weight_TK,
      Tensor dweight_TK,
      Tensor dscores_TE,
      Tensor dlogits_TE) {
    int tokens = scores_TE.rows();
    int experts = rule.experts();
    requireBackward(
        arithmetic, rule, scores_TE, index_TK, weight_TK, dweight_TK, dscores_TE, dlogits_TE);
    for (int t = 0; t < tokens; t++) {
      double[] scores = arithmetic.row(scores_TE, t);
      double[] dscores = arithmetic.row(dscores_TE, t);
      int[] index = new int[rule.chosen()];
      for (int k = 0; k < index.length; k++) {
        index[k] = index_TK.getInt((long) t * index.length + k);
      }
      addWeightGradients(rule, scores, index, arithmetic.row(dweight_TK, t), dscores);
      double[] dlogits = logitGradients(rule.scoring(), scores, dscores);
      arithmetic.store(dlogits, 0, dlogits_TE, (long) t * experts, experts);
    }
  }

  private void addWeightGradients(
      Rule rule, double[] scores, int[] index, double[] dweight, double[] dscores) {
    double scale = arithmetic.round(rule.scale());
    double sum = chosenSum(scores, index);
    double mean = 0;
    for (int k = 0; k < index.length; k++) {
      mean = arithmetic.fma(dweight[k], arithmetic.div(scores[index[k]], sum), mean);
    }
    for (int k = 0; k < index.length; k++) {
      double part =
          rule.normalize()
              ? arithmetic.div(arithmetic.mul(arithmetic.sub(dweight[k], mean), scale), sum)
              : arithmetic.mul(dweight[k], scale);
      dscores[index[k]] = arithmetic.add(dscores[index[k]], part);
    }
  }

  private double[] logitGradients(Scoring scoring, double[] scores, double[] dscores) {
    int experts = scores.length;
    double[] dlogits = new double[experts];
    double mean = arithmetic.dot(dscores, 0, scores, 0, experts);
    for (int e = 0; e < experts; e++) {
      double s = scores[e];
      dlogits[e] =
          switch (scoring) {
            case SIGMOID -> arithmetic.mul(dscores[e], arithmetic.mul(s, arithmetic.sub(1, s)));
            case SOFTMAX -> arithmetic.mul(s, arithmetic.sub(dscores[e], mean));
          };
    }
    return dlogits;
  }

  @Override
  public double balance(
      Rule rule, double alpha, Tensor scores_TE, int[] sequenceOffsets, Tensor dscores_TE) {
    int experts = rule.experts();
    arithmetic.require("gate.balance scores", scores_TE, scores_TE.rows(), experts);
    arithmetic.require("gate.balance dscores", dscores_TE, scores_TE.rows(), experts);
    double total = 0;
    for (int s = 0; s + 1 < sequenceOffsets.length; s++) {
      int from = sequenceOffsets[s];
      int to = sequenceOffsets[s + 1];
      double[] factors = balanceFactors(rule, alpha, scores_TE, from, to);
      for (int t = from; t < to; t++) {
        double[] shares = arithmetic.row(scores_TE, t);
        double sum = arithmetic.sum(shares, 0, experts);
        for (int e = 0; e < experts; e++) {
          shares[e] = arithmetic.div(shares[e], sum);
        }
        double loss = arithmetic.dot(factors, 0, shares, 0, experts);
        total += loss;
        for (int e = 0; e < experts; e++) {
          double dscore = arithmetic.div(arithmetic.sub(factors[e], loss), sum);
          arithmetic.store(dscores_TE, (long) t * experts + e, dscore);
        }
      }
    }
    return total;
  }

  /** alpha f_i of one sequence. */
  private double[] balanceFactors(Rule rule, double alpha, Tensor scores_TE, int from, int to) {
    int[] load = new int[rule.experts()];
    for (int t = from; t < to; t++) {
      for (int e : best(arithmetic.row(scores_TE, t), 0, load.length, rule.chosen())) {
        load[e]++;
      }
    }
    double mean = (double) rule.chosen() * (to - from) / rule.experts();
    return Arrays.stream(load).mapToDouble(n -> arithmetic.round(alpha * n / mean)).toArray();
  }

  /** Checks what every tier routes. */
  static void requireRoute(
      Arithmetic arithmetic,
      Rule rule,
      Tensor logits_TE,
      Tensor bias_E,
      Tensor scores_TE,
      Tensor index_TK,
      Tensor weight_TK) {
    int tokens = logits_TE.rows();
    arithmetic.require("gate.route logits", logits_TE, tokens, rule.experts());
    arithmetic.require("gate.route bias", bias_E, rule.experts());
    arithmetic.require("gate.route scores", scores_TE, tokens, rule.experts());
    requireIndex("gate.route index", rule, index_TK, tokens);
    arithmetic.require("gate.route weight", weight_TK, tokens, rule.chosen());
  }

  /** Checks what every tier takes back through the gate. */
  static void requireBackward(
      Arithmetic arithmetic,
      Rule rule,
      Tensor scores_TE,
      Tensor index_TK,
      Tensor weight_TK,
      Tensor dweight_TK,
      Tensor dscores_TE,
      Tensor dlogits_TE) {
    int tokens = scores_TE.rows();
    arithmetic.require("gate.backward scores", scores_TE, tokens, rule.experts());
    requireIndex("gate.backward index", rule, index_TK, tokens);
    arithmetic.require("gate.backward weight", weight_TK, tokens, rule.chosen());
    arithmetic.require("gate.backward dweight", dweight_TK, tokens, rule.chosen());
    arithmetic.require("gate.backward dscores", dscores_TE, tokens, rule.experts());
    arithmetic.require("gate.backward dlogits", dlogits_TE, tokens, rule.experts());
  }

  private static void requireIndex(String what, Rule rule, Tensor index_TK, int tokens) {
    index_TK.requireType(what, DType.I32);
    index_TK.requireShape(what, tokens, rule.chosen());
  }
}
