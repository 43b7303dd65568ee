package dev.hadal.kernels;

import static dev.hadal.kernels.Simd.WIDTH;

import dev.hadal.numerics.ElementaryFunctions;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * {@link Gate}: affinities in vectors, the choice in scalar code, since a row has few experts; rows
 * spread over the threads.
 */
final class VectorGate implements Gate {
  private final ThreadTeam team;

  VectorGate(ThreadTeam team) {
    this.team = team;
  }

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
    ReferenceGate.requireRoute(
        Arithmetic.FP32, rule, logits_TE, bias_E, scores_TE, index_TK, weight_TK);
    float[] bias = bias_E.toFloats();
    team.split(
        tokens,
        Sizes.grain(experts),
        (from, to) -> {
          GateChoice choice = new GateChoice(rule, bias);
          float[] scores = new float[experts];
          for (int t = from; t < to; t++) {
            GateSteps.read(logits_TE, t, scores);
            affinities(rule.scoring(), scores);
            GateSteps.write(scores, scores_TE, t);
            choice.choose(scores);
            choice.write(t, scores, index_TK, weight_TK);
          }
        });
  }

  private static void affinities(Scoring scoring, float[] x) {
    switch (scoring) {
      case SIGMOID -> sigmoids(x);
      case SOFTMAX -> softmax(x);
    }
  }

  private static void sigmoids(float[] x) {
    int i = 0;
    for (; i <= x.length - WIDTH; i += WIDTH) {
      VectorMath.sigmoid(FloatVector.fromArray(Simd.FLOATS, x, i)).intoArray(x, i);
    }
    for (; i < x.length; i++) {
      x[i] = ElementaryFunctions.sigmoid(x[i]);
    }
  }

  private static void softmax(float[] x) {
    float highest = Float.NEGATIVE_INFINITY;
    for (float value : x) {
      highest = Math.max(highest, value);
    }
    for (int i = 0; i < x.length; i++) {
      x[i] = ElementaryFunctions.exp(x[i] - highest);
    }
    float sum = Simd.sum(x);
    for (int i = 0; i < x.length; i++) {
      x[i] /= sum;
    }
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
    int chosen = rule.chosen();
    ReferenceGate.requireBackward(
        Arithmetic.FP32, rule, scores_TE, index_TK, weight_TK, dweight_TK, dscores_TE, dlogits_TE);
    team.split(
        tokens,
        Sizes.grain(experts),
        (from, to) -> {
          float[] scores = new float[experts];
          float[] gradients = new float[experts];
          int[] index = new int[chosen];
          float[] dweights = new float[chosen];
          float[] chosenScores = new float[chosen];
          for (int t = from; t < to; t++) {
            GateSteps.read(scores_TE, t, scores);
            GateSteps.read(dscores_TE, t, gradients);
            GateSteps.read(dweight_TK, t, dweights);
            MemorySegment.copy(index_TK.data(), Tensor.INT, 4L * t * chosen, index, 0, chosen);
            for (int k = 0; k < chosen; k++) {
              chosenScores[k] = scores[index[k]];
            }
            GateSteps.throughWeights(rule, chosenScores, dweights);
            for (int k = 0; k < chosen; k++) {
              gradients[index[k]] += dweights[k];
            }
            logitGradients(rule.scoring(), scores, gradients);
            GateSteps.write(gradients, dlogits_TE, t);
          }
        });
  }

  private static void logitGradients(Scoring scoring, float[] scores, float[] gradients) {
    switch (scoring) {
      case SIGMOID -> {
        for (int e = 0; e < scores.length; e++) {
          gradients[e] *= scores[e] * (1 - scores[e]);
        }
      }
      case SOFTMAX -> {
        float mean = Simd.dot(gradients, scores);
        for (int e = 0; e < scores.length; e++) {
          gradients[e] = scores[e] * (gradients[e] - mean);
        }
      }
    }
  }

  @Override
  public double balance(
      Rule rule, double alpha, Tensor scores_TE, int[] sequenceOffsets, Tensor dscores_TE) {
    int tokens = scores_TE.rows();
    int experts = rule.experts();
    Sizes.require("gate.balance scores", scores_TE, tokens, experts);
    Sizes.require("gate.balance dscores", dscores_TE, tokens, experts);
    int[] highest = GateSteps.highest(team, rule, scores_TE);
    double total = 0;
    for (int s = 0; s + 1 < sequenceOffsets.length; s++) {
      int start = sequenceOffsets[s];
      int end = sequenceOffsets[s + 1];
      float[] factors = GateSteps.balanceFactors(rule, alpha, highest, start, end);
      float[] losses = new float[end - start];
      team.split(
          end - start,
          Sizes.grain(experts),
          (from, to) -> {
            float[] row = new float[experts];
            for (int t = from; t < to; t++) {
              GateSteps.read(scores_TE, start + t, row);
              losses[t] = balanceRow(factors, row);
              GateSteps.write(row, dscores_TE, start + t);
            }
          });
      for (float loss : losses) {
        total += loss;
      }
    }
    return total;
  }

  /** A token's share of the loss; its scores become their gradients. */
  private static float balanceRow(float[] factors, float[] row) {
    float sum = Simd.sum(row);
    for (int e = 0; e < row.length; e++) {
      row[e] /= sum;
    }
    float loss = Simd.dot(factors, row);
    for (int e = 0; e < row.length; e++) {
      row[e] = (factors[e] - loss) / sum;
    }
    return loss;
  }
}
