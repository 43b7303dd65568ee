package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Shape;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class GeneratedGateTest extends GateContract {
  private static final CodeLoader LOADER = CodeLoader.ofThisMachine();

  GeneratedGateTest() {
    super(
        new Twins<>(TestKernels.reference().gate(), team -> new GeneratedGate(team, LOADER), true));
  }

  @BeforeEach
  void needsTheProcessor() {
    assumeTrue(GeneratedGate.obstacle(LOADER).isEmpty(), "this machine does not run the code");
  }

  private static Gate.Rule rule(int experts) {
    return new Gate.Rule(experts, 1, 1, 1, Gate.Scoring.SIGMOID, Gate.GroupScore.MAX, true, 1);
  }

  @Test
  void refusesMemoryOfTheHeap() {
    Gate gate = new GeneratedGate(new TestTeam(1), LOADER);
    try (Twins.Memory memory = new Twins.Memory(Twins.Values.ORDINARY)) {
      Tensor heap = new Tensor(DType.F32, Shape.of(1, 2), MemorySegment.ofArray(new byte[8]));
      Tensor bias = memory.floats(2);
      Tensor scores = memory.floats(1, 2);
      Tensor index = memory.empty(DType.I32, 1, 1);
      Tensor weight = memory.floats(1, 1);
      assertThatThrownBy(() -> gate.route(rule(2), heap, bias, scores, index, weight))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("gate.route logits: generated code reaches no heap memory");
    }
  }

  @Test
  void refusesSequencesBeyondTheTokens() {
    Gate gate = new GeneratedGate(new TestTeam(1), LOADER);
    try (Twins.Memory memory = new Twins.Memory(Twins.Values.ORDINARY)) {
      Tensor scores = memory.floats(3, 4);
      for (int[] offsets : new int[][] {{0, 4}, {-1, 2}, {0, 2, 1}}) {
        assertThatThrownBy(() -> gate.balance(rule(4), 1, scores, offsets, scores))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageStartingWith("gate.balance: sequence ");
      }
    }
  }
}
