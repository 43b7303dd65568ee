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

final class GeneratedPermutationTest extends PermutationContract {
  private static final CodeLoader LOADER = CodeLoader.ofThisMachine();

  GeneratedPermutationTest() {
    super(
        new Twins<>(
            TestKernels.reference().permutation(),
            team -> new GeneratedPermutation(team, LOADER),
            true));
  }

  @BeforeEach
  void needsTheProcessor() {
    assumeTrue(
        GeneratedPermutation.obstacle(LOADER).isEmpty(), "this machine does not run the code");
  }

  @Test
  void refusesADispatchWhoseRowsAreNotThere() {
    try (Twins.Memory memory = new Twins.Memory(Twins.Values.ORDINARY)) {
      Permutation permutation = new GeneratedPermutation(new TestTeam(1), LOADER);
      int[] one = {0};
      for (int row : new int[] {-1, 1}) {
        Dispatch dispatch = new Dispatch(1, 1, 1, new int[] {0, 1}, one, one, new int[] {row});
        Tensor x = memory.floats(1, 4);
        assertThatThrownBy(
                () ->
                    permutation.combine(
                        x, dispatch, memory.ints(one, 1, 1), null, null, 1, false, x))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessage("combine: expected rows below 1, got " + row);
      }
    }
  }

  @Test
  void refusesMemoryOfTheHeap() {
    try (Twins.Memory memory = new Twins.Memory(Twins.Values.ORDINARY)) {
      Permutation permutation = new GeneratedPermutation(new TestTeam(1), LOADER);
      int[] one = {0};
      Dispatch dispatch = new Dispatch(1, 1, 1, new int[] {0, 1}, one, one, one);
      Tensor heap = new Tensor(DType.F32, Shape.of(1, 2), MemorySegment.ofArray(new byte[8]));
      assertThatThrownBy(
              () -> permutation.scaleRows(heap, dispatch, memory.floats(1, 1), memory.floats(1, 2)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("scaleRows rows: generated code reaches no heap memory");
    }
  }
}
