package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.hadal.kernels.Gate.GroupScore;
import dev.hadal.kernels.Gate.Rule;
import dev.hadal.kernels.Gate.Scoring;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class ReferenceGateTest {
  private final Doubles doubles = new Doubles(9);
  private final Gate gate = Doubles.KERNELS.gate();

  /** What a gate makes of one token. */
  private record Routed(double[] scores, int[] index, double[] weights) {}

  private Routed route(Rule rule, double[] logits, double[] bias) {
    int experts = rule.experts();
    Tensor scores = doubles.unset(1, experts);
    Tensor index = Tensor.allocate(doubles.arena(), DType.I32, 1, rule.chosen());
    Tensor weight = doubles.unset(1, rule.chosen());
    gate.route(
        rule,
        Tensor.ofDoubles(doubles.arena(), logits, 1, experts),
        Tensor.ofDoubles(doubles.arena(), bias, experts),
        scores,
        index,
        weight);
    return new Routed(scores.toDoubles(), index.toInts(), weight.toDoubles());
  }

  private static List<Integer> descending(IntStream candidates, double[] values) {
    Comparator<Integer> byValue = Comparator.comparingDouble(i -> -values[i]);
    return candidates.boxed().sorted(byValue).toList();
  }

  @Test
  void sigmoidChoosesByBiasedScoresInTheBestGroups() {
    Rule rule = new Rule(12, 3, 4, 2, Scoring.SIGMOID, GroupScore.TOP2_SUM, true, 2.5);
    for (int trial = 0; trial < 200; trial++) {
      double[] logits = doubles.normal(12).toDoubles();
      double[] bias = doubles.normal(12).toDoubles();
      double[] scores = Arrays.stream(logits).map(x -> 1 / (1 + Math.exp(-x))).toArray();
      double[] choice = IntStream.range(0, 12).mapToDouble(e -> scores[e] + bias[e]).toArray();
      double[] groups = new double[4];
      for (int g = 0; g < 4; g++) {
        double[] group = Arrays.copyOfRange(choice, 3 * g, 3 * g + 3);
        Arrays.sort(group);
        groups[g] = group[1] + group[2];
      }
      List<Integer> kept = descending(IntStream.range(0, 4), groups).subList(0, 2);
      int[] expected =
          descending(IntStream.range(0, 12).filter(e -> kept.contains(e / 3)), choice)
              .subList(0, 3)
              .stream()
              .mapToInt(Integer::intValue)
              .sorted()
              .toArray();
      Routed routed = route(rule, logits, bias);
      assertThat(routed.scores).containsExactly(scores, within(1e-12));
      assertThat(routed.index).containsExactly(expected);
      double sum = Arrays.stream(expected).mapToDouble(e -> scores[e]).sum();
      for (int k = 0; k < 3; k++) {
        double weight = 2.5 * scores[expected[k]] / sum;
        assertThat(routed.weights[k]).isCloseTo(weight, within(1e-12));
      }
    }
  }

  @Test
  void softmaxIgnoresTheBiasAndNeedNotNormalise() {
    Rule rule = new Rule(6, 2, 3, 1, Scoring.SOFTMAX, GroupScore.MAX, false, 16);
    double[] logits = {1, 2, 700, -5, 699, 699.5};
    double[] bias = {1000, 0, 0, 0, 0, 0};
    Routed routed = route(rule, logits, bias);
    double sum = 1 + Math.exp(-1) + Math.exp(-0.5);
    assertThat(routed.index).containsExactly(2, 3);
    assertThat(routed.weights[0]).isCloseTo(16 / sum, within(1e-12));
    assertThat(routed.weights[1]).isCloseTo(0, within(1e-300));
    assertThat(routed.scores[5]).isCloseTo(Math.exp(-0.5) / sum, within(1e-12));
  }

  @Test
  void tiesGoToTheLowestIndexAndNanComesLast() {
    Rule all = new Rule(5, 3, 1, 1, Scoring.SIGMOID, GroupScore.TOP2_SUM, true, 1);
    double nan = Double.NaN;
    assertThat(route(all, new double[5], new double[5]).index).containsExactly(0, 1, 2);
    assertThat(route(all, new double[] {nan, 0, nan, -9, -8}, new double[5]).index)
        .containsExactly(1, 3, 4);
    Rule grouped = new Rule(6, 2, 3, 1, Scoring.SIGMOID, GroupScore.TOP2_SUM, true, 1);
    assertThat(route(grouped, new double[6], new double[6]).index).containsExactly(0, 1);
    assertThat(route(grouped, new double[] {nan, 9, 1, 1, 1, 2}, new double[6]).index)
        .containsExactly(4, 5);
  }

  @Test
  void singletonGroupsScoreAsTheirExpert() {
    Rule rule = new Rule(4, 2, 4, 2, Scoring.SIGMOID, GroupScore.TOP2_SUM, true, 1);
    assertThat(route(rule, new double[] {1, 4, 2, 3}, new double[4]).index).containsExactly(1, 3);
  }

  @Test
  void balanceIsTheReportsSumTimesTheLength() {
    Rule rule = new Rule(6, 2, 1, 1, Scoring.SIGMOID, GroupScore.TOP2_SUM, true, 1);
    int[] offsets = {0, 5, 5, 12};
    Tensor scores = doubles.normal(12, 6);
    for (int i = 0; i < 72; i++) {
      scores.setDouble(i, 1 / (1 + Math.exp(-scores.getDouble(i))));
    }
    double expected = 0;
    for (int s = 0; s < 3; s++) {
      int length = offsets[s + 1] - offsets[s];
      double[] frequency = new double[6];
      double[] probability = new double[6];
      for (int t = offsets[s]; t < offsets[s + 1]; t++) {
        double[] row = scores.slice(t, t + 1).toDoubles();
        for (int e : descending(IntStream.range(0, 6), row).subList(0, 2)) {
          frequency[e] += 6.0 / (2 * length);
        }
        for (int e = 0; e < 6; e++) {
          probability[e] += row[e] / Arrays.stream(row).sum() / length;
        }
      }
      for (int e = 0; e < 6; e++) {
        expected += length * 0.01 * frequency[e] * probability[e];
      }
    }
    double balance = gate.balance(rule, 0.01, scores, offsets, doubles.unset(12, 6));
    assertThat(balance).isCloseTo(expected, within(1e-12));
  }
}
