package dev.hadal.kernels;

import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * The steps of a {@link Gate} over a token's few chosen experts and over counts: scalar in every
 * tier.
 */
final class GateSteps {
  private GateSteps() {}

  /**
   * The gradients of a token's weights become what they add to those of the chosen scores.
   *
   * @param scores of the chosen experts
   */
  static void throughWeights(Gate.Rule rule, float[] scores, float[] gradients) {
    float scale = (float) rule.scale();
    float sum = scores[0];
    for (int k = 1; k < scores.length; k++) {
      sum += scores[k];
    }
    float mean = 0;
    for (int k = 0; k < scores.length; k++) {
      mean = Math.fma(gradients[k], scores[k] / sum, mean);
    }
    for (int k = 0; k < scores.length; k++) {
      gradients[k] = rule.normalize() ? (gradients[k] - mean) * scale / sum : gradients[k] * scale;
    }
  }

  /** The experts of each token's highest scores, [tokens, chosen]. */
  static int[] highest(ThreadTeam team, Gate.Rule rule, Tensor scores_TE) {
    int chosen = rule.chosen();
    int[] highest = new int[scores_TE.rows() * chosen];
    team.split(
        scores_TE.rows(),
        Sizes.grain(rule.experts()),
        (from, to) -> {
          GateChoice choice = new GateChoice(rule, new float[rule.experts()]);
          float[] scores = new float[rule.experts()];
          for (int t = from; t < to; t++) {
            read(scores_TE, t, scores);
            choice.highest(scores, highest, t * chosen);
          }
        });
    return highest;
  }

  /** alpha f_i of the sequence of rows [from, to). */
  static float[] balanceFactors(Gate.Rule rule, double alpha, int[] highest, int from, int to) {
    int[] load = new int[rule.experts()];
    for (int i = from * rule.chosen(); i < to * rule.chosen(); i++) {
      load[highest[i]]++;
    }
    double mean = (double) rule.chosen() * (to - from) / rule.experts();
    float[] factors = new float[load.length];
    for (int e = 0; e < load.length; e++) {
      factors[e] = (float) (alpha * load[e] / mean);
    }
    return factors;
  }

  /** Copies a row of an F32 tensor. */
  static void read(Tensor tensor, int row, float[] to) {
    MemorySegment.copy(tensor.data(), Tensor.FLOAT, 4L * row * to.length, to, 0, to.length);
  }

  /** Sets a row of an F32 tensor. */
  static void write(float[] from, Tensor tensor, int row) {
    MemorySegment.copy(from, 0, tensor.data(), Tensor.FLOAT, 4L * row * from.length, from.length);
  }
}
