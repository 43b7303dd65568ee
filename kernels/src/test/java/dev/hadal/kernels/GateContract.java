package dev.hadal.kernels;

import dev.hadal.kernels.Gate.GroupScore;
import dev.hadal.kernels.Gate.Rule;
import dev.hadal.kernels.Gate.Scoring;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What every fast {@link Gate} owes: the reference's bits. */
abstract class GateContract {
  final Twins<Gate> twins;

  GateContract(Twins<Gate> twins) {
    this.twins = twins;
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 1, 1, SIGMOID, TOP2_SUM, true",
    "8, 2, 4, 2, SIGMOID, TOP2_SUM, true",
    "64, 6, 1, 1, SIGMOID, TOP2_SUM, true",
    "64, 6, 1, 1, SOFTMAX, MAX, false",
    "63, 4, 7, 3, SOFTMAX, MAX, true",
    "31, 4, 1, 1, SOFTMAX, MAX, true",
    "15, 3, 5, 2, SIGMOID, MAX, false",
    "5, 1, 1, 1, SOFTMAX, MAX, true",
    "160, 6, 8, 3, SOFTMAX, MAX, false",
    "256, 8, 8, 4, SIGMOID, TOP2_SUM, true"
  })
  void routesAndGradientsHaveTheReferencesBits(
      int experts,
      int chosen,
      int groups,
      int keptGroups,
      Scoring scoring,
      GroupScore groupScore,
      boolean normalize) {
    Rule rule = new Rule(experts, chosen, groups, keptGroups, scoring, groupScore, normalize, 2.5);
    int tokens = 75;
    twins.compare(
        (gate, memory) -> {
          Tensor logits = memory.floats(tokens, experts);
          Tensor bias = memory.floats(experts);
          Tensor scores = memory.empty(DType.F32, tokens, experts);
          Tensor index = memory.empty(DType.I32, tokens, chosen);
          Tensor weight = memory.empty(DType.F32, tokens, chosen);
          gate.route(rule, logits, bias, scores, index, weight);
          Tensor dscores = memory.empty(DType.F32, tokens, experts);
          Tensor loss = memory.empty(DType.F64, 1);
          loss.setDouble(
              0, gate.balance(rule, 1e-4, scores, new int[] {0, 1, 40, 40, tokens}, dscores));
          gate.backward(
              rule,
              scores,
              index,
              weight,
              memory.floats(tokens, chosen),
              dscores,
              memory.empty(DType.F32, tokens, experts));
        });
  }

  @ParameterizedTest
  @CsvSource({"SIGMOID", "SOFTMAX"})
  void tiesGoToTheLowestIndex(Scoring scoring) {
    Rule rule = new Rule(32, 5, 4, 2, scoring, GroupScore.TOP2_SUM, true, 1);
    twins.compare(
        (gate, memory) -> {
          Tensor logits = memory.empty(DType.F32, 50, 32);
          for (long i = 0; i < logits.elements(); i++) {
            logits.setFloat(i, memory.random().nextInt(3));
          }
          Tensor bias = memory.empty(DType.F32, 32);
          bias.data().fill((byte) 0);
          gate.route(
              rule,
              logits,
              bias,
              memory.empty(DType.F32, 50, 32),
              memory.empty(DType.I32, 50, 5),
              memory.empty(DType.F32, 50, 5));
        });
  }
}
