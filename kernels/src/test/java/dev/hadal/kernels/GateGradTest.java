package dev.hadal.kernels;

import dev.hadal.kernels.Gate.GroupScore;
import dev.hadal.kernels.Gate.Rule;
import dev.hadal.kernels.Gate.Scoring;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class GateGradTest {
  private final Doubles doubles = new Doubles(10);
  private final Gate gate = Doubles.KERNELS.gate();

  static List<Rule> rules() {
    return List.of(
        new Rule(12, 3, 4, 2, Scoring.SIGMOID, GroupScore.TOP2_SUM, true, 2.5),
        new Rule(12, 3, 4, 2, Scoring.SIGMOID, GroupScore.TOP2_SUM, false, 2.5),
        new Rule(17, 4, 1, 1, Scoring.SOFTMAX, GroupScore.MAX, true, 1),
        new Rule(18, 4, 3, 2, Scoring.SOFTMAX, GroupScore.MAX, false, 16));
  }

  @ParameterizedTest
  @MethodSource("rules")
  void gradientsAreTheDifferences(Rule rule) {
    int tokens = 7;
    int[] offsets = {0, 3, 7};
    Tensor logits = doubles.normal(tokens, rule.experts());
    Tensor bias = doubles.normal(rule.experts());
    Tensor scores = doubles.unset(tokens, rule.experts());
    Tensor index = Tensor.allocate(doubles.arena(), DType.I32, tokens, rule.chosen());
    Tensor weight = doubles.unset(tokens, rule.chosen());
    Tensor dweight = doubles.normal(tokens, rule.chosen());
    Tensor dscores = doubles.unset(tokens, rule.experts());
    Tensor dlogits = doubles.unset(tokens, rule.experts());
    gate.route(rule, logits, bias, scores, index, weight);
    double _ = gate.balance(rule, 0.7, scores, offsets, dscores);
    gate.backward(rule, scores, index, weight, dweight, dscores, dlogits);
    doubles.requireGradient(
        "logits",
        () -> {
          gate.route(rule, logits, bias, scores, index, weight);
          return Doubles.weighted(weight, dweight)
              + gate.balance(rule, 0.7, scores, offsets, dscores);
        },
        logits,
        dlogits);
  }
}
