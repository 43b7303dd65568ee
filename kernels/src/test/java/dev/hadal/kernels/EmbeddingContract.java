package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What every fast {@link Embedding} owes: the reference's bits. */
abstract class EmbeddingContract {
  final Twins<Embedding> twins;

  EmbeddingContract(Twins<Embedding> twins) {
    this.twins = twins;
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "9, 40, 17", "7, 9, 15", "7, 9, 79", "101, 60, 130", "50, 300, 256"})
  void rowsAndTheirGradientsHaveTheReferencesBits(int vocabulary, int tokens, int columns) {
    twins.compare(
        (embedding, memory) -> {
          Tensor table = memory.floats(vocabulary, columns);
          int[] ids = memory.random().ints(tokens, 0, vocabulary).toArray();
          embedding.forward(table, ids, false, memory.empty(DType.F32, tokens, columns));
          embedding.forward(table, ids, true, memory.empty(DType.F32, tokens, columns));
          embedding.backward(
              memory.floats(tokens, columns), ids, memory.empty(DType.F32, vocabulary, columns));
        });
  }

  @Test
  void anIdOutsideTheVocabularyIsRefused() {
    try (Twins.Memory memory = new Twins.Memory(Twins.Values.ORDINARY)) {
      Embedding embedding = twins.twin().apply(new TestTeam(1));
      Tensor table = memory.floats(3, 4);
      Tensor out = memory.floats(1, 4);
      assertThatThrownBy(() -> embedding.forward(table, new int[] {-1}, false, out))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("-1");
    }
  }
}
