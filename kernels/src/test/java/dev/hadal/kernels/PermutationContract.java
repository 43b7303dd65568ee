package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What every fast {@link Permutation} owes: the reference's bits. */
abstract class PermutationContract {
  private static final int EXPERTS = 16;

  final Twins<Permutation> twins;

  PermutationContract(Twins<Permutation> twins) {
    this.twins = twins;
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "5, 3, 15", "5, 3, 16", "5, 3, 17", "9, 5, 31", "67, 6, 48", "20, 8, 515"})
  void everyMovementHasTheReferencesBits(int tokens, int chosen, int columns) {
    twins.compare(
        (permutation, memory) -> {
          Tensor index = chosenExperts(memory, tokens, chosen);
          Dispatch dispatch = Dispatch.of(index, EXPERTS);
          Tensor x = memory.floats(tokens, columns);
          Tensor rows = memory.empty(DType.F32, dispatch.rows(), columns);
          permutation.gather(x, dispatch.rowToken(), rows);
          Tensor others = memory.floats(dispatch.rows(), columns);
          Tensor weight = memory.floats(tokens, chosen);
          for (int groups = 1; groups <= 4; groups *= 4) {
            for (boolean bfloat16 : new boolean[] {false, true}) {
              Tensor out = memory.empty(DType.F32, tokens, columns);
              permutation.combine(others, dispatch, index, weight, null, groups, bfloat16, out);
              permutation.combine(others, dispatch, index, null, x, groups, bfloat16, out);
              permutation.combine(others, dispatch, index, weight, out, groups, bfloat16, out);
            }
          }
          permutation.rowDots(rows, others, dispatch, memory.empty(DType.F32, tokens, chosen));
          permutation.scaleRows(
              others, dispatch, weight, memory.empty(DType.F32, dispatch.rows(), columns));
          permutation.scaleRows(rows, dispatch, weight, rows);
        });
  }

  @Test
  void rowsOfAnyTypeAreGathered() {
    twins.compare(
        (permutation, memory) -> {
          for (DType type : new DType[] {DType.F8_E4M3, DType.BF16, DType.I64}) {
            Tensor x = memory.empty(type, 7, 13);
            byte[] content = new byte[Math.toIntExact(x.bytes())];
            memory.random().nextBytes(content);
            java.lang.foreign.MemorySegment.copy(
                content, 0, x.data(), Tensor.BYTE, 0, content.length);
            permutation.gather(x, new int[] {6, 0, 0, 3}, memory.empty(type, 4, 13));
          }
        });
  }

  @Test
  void aRowThatIsNotThereIsRefused() {
    try (Twins.Memory memory = new Twins.Memory(Twins.Values.ORDINARY)) {
      Permutation permutation = twins.twin().apply(new TestTeam(1));
      Tensor x = memory.floats(3, 4);
      Tensor out = memory.floats(1, 4);
      assertThatThrownBy(() -> permutation.gather(x, new int[] {3}, out))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("3");
    }
  }

  /** K distinct experts a token, ascending. */
  private static Tensor chosenExperts(Twins.Memory memory, int tokens, int chosen) {
    Random random = memory.random();
    int[] index = new int[tokens * chosen];
    for (int t = 0; t < tokens; t++) {
      int[] row = random.ints(0, EXPERTS).distinct().limit(chosen).sorted().toArray();
      System.arraycopy(row, 0, index, t * chosen, chosen);
    }
    return memory.ints(index, tokens, chosen);
  }
}
