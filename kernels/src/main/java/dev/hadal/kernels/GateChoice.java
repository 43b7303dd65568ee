package dev.hadal.kernels;

import dev.hadal.tensor.Tensor;
import java.util.Arrays;

/** Chooses a token's experts by a {@link Gate.Rule}; one thread's. */
final class GateChoice {
  private final Gate.Rule rule;
  private final float[] bias;
  private final float[] choice;
  private final float[] groupScores;
  private final int[] kept;
  private final int[] index;

  GateChoice(Gate.Rule rule, float[] bias) {
    this.rule = rule;
    this.bias = bias;
    choice = new float[rule.experts()];
    groupScores = new float[rule.groups()];
    kept = new int[rule.keptGroups()];
    index = new int[rule.chosen()];
  }

  /** Chooses by scores, plus the bias with sigmoid scores, among the experts of the best groups. */
  void choose(float[] scores) {
    switch (rule.scoring()) {
      case SIGMOID -> {
        for (int e = 0; e < choice.length; e++) {
          choice[e] = scores[e] + bias[e];
        }
      }
      case SOFTMAX -> System.arraycopy(scores, 0, choice, 0, choice.length);
    }
    if (rule.keptGroups() < rule.groups()) {
      maskGroups();
    }
    takeBest(choice, index, index.length);
    Arrays.sort(index);
  }

  /** Takes the K highest scores, whatever bias and groups, and copies their indices. */
  void highest(float[] scores, int[] to, int at) {
    takeBest(scores, index, index.length);
    System.arraycopy(index, 0, to, at, index.length);
  }

  private void maskGroups() {
    int size = rule.experts() / rule.groups();
    for (int g = 0; g < groupScores.length; g++) {
      groupScores[g] = groupScore(g * size, (g + 1) * size);
    }
    takeBest(groupScores, kept, kept.length);
    Arrays.sort(kept);
    for (int g = 0; g < groupScores.length; g++) {
      if (Arrays.binarySearch(kept, g) < 0) {
        Arrays.fill(choice, g * size, (g + 1) * size, Float.NEGATIVE_INFINITY);
      }
    }
  }

  private float groupScore(int from, int to) {
    int best = from;
    for (int e = from + 1; e < to; e++) {
      best = better(choice[e], choice[best]) ? e : best;
    }
    if (rule.groupScore() == Gate.GroupScore.MAX || to - from == 1) {
      return choice[best];
    }
    int second = best == from ? from + 1 : from;
    for (int e = second + 1; e < to; e++) {
      second = e != best && better(choice[e], choice[second]) ? e : second;
    }
    return choice[best] + choice[second];
  }

  /** The indices of the best values, best first; of equal ones the lowest index first. */
  private static void takeBest(float[] values, int[] best, int count) {
    int taken = 0;
    for (int i = 0; i < values.length; i++) {
      float value = values[i];
      if (taken == count && !better(value, values[best[count - 1]])) {
        continue;
      }
      int at = taken < count ? taken++ : count - 1;
      for (; at > 0 && better(value, values[best[at - 1]]); at--) {
        best[at] = best[at - 1];
      }
      best[at] = i;
    }
  }

  private static boolean better(float a, float b) {
    return a > b || (Float.isNaN(b) && !Float.isNaN(a));
  }

  /** Writes the token's choice and the weights it gives. */
  void write(int token, float[] scores, Tensor index_TK, Tensor weight_TK) {
    long row = (long) token * index.length;
    float sum = scores[index[0]];
    for (int k = 1; k < index.length; k++) {
      sum += scores[index[k]];
    }
    float scale = (float) rule.scale();
    for (int k = 0; k < index.length; k++) {
      float score = scores[index[k]];
      index_TK.setInt(row + k, index[k]);
      weight_TK.setFloat(row + k, (rule.normalize() ? score / sum : score) * scale);
    }
  }
}
