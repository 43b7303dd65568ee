package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Shape;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class GeneratedRotaryEmbeddingTest {
  private static final CodeLoader LOADER = CodeLoader.ofThisMachine();

  @BeforeEach
  void runsHere() {
    assumeTrue(
        GeneratedRotaryEmbedding.obstacle(LOADER).isEmpty(), "this machine does not run the code");
  }

  private static RotaryEmbedding generated(ThreadTeam team) {
    return new GeneratedRotaryEmbedding(team, LOADER);
  }

  private static RotaryEmbedding reference() {
    return TestKernels.reference().rotaryEmbedding();
  }

  private static RotaryEmbedding vector() {
    return new VectorRotaryEmbedding(new TestTeam(1));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 2, 0",
    "7, 3, 6, 5",
    "2, 2, 14, 1",
    "3, 5, 16, 0",
    "5, 2, 18, 3",
    "33, 4, 16, 32",
    "3, 1, 34, 0",
    "17, 2, 64, 128",
    "200, 1, 16, 0",
    "9, 3, 100, 7"
  })
  void rotationsHaveTheReferencesBits(int rows, int heads, int rope, int nope) {
    new Twins<>(reference(), GeneratedRotaryEmbeddingTest::generated)
        .compare((embedding, memory) -> allOf(embedding, memory, rows, heads, rope, nope));
  }

  @ParameterizedTest
  @CsvSource({"300, 16, 64, 128"})
  void rotationsHaveTheVectorTiersBits(int rows, int heads, int rope, int nope) {
    new Twins<>(vector(), GeneratedRotaryEmbeddingTest::generated)
        .compare((embedding, memory) -> allOf(embedding, memory, rows, heads, rope, nope));
  }

  private static void allOf(
      RotaryEmbedding embedding, Twins.Memory memory, int rows, int heads, int rope, int nope) {
    int stride = nope + rope;
    Tensor x = memory.floats(rows, heads * stride + 3);
    Tensor cos = memory.floats(50, rope / 2);
    Tensor sin = memory.floats(50, rope / 2);
    int[] positions = memory.random().ints(rows, 0, 50).toArray();
    embedding.rotate(x, heads, stride, nope, cos, sin, positions, false);
    embedding.rotate(x, heads, stride, nope + 3, cos, sin, positions, true);
    embedding.rotate(x, 0, stride, nope, cos, sin, positions, true);
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 2, 0", "3, 2, 6, 0", "2, 3, 16, 5", "5, 2, 18, 3", "2, 2, 62, 1"})
  void touchesNothingBesideItsOperands(int rows, int heads, int rope, int nope) {
    new GuardedTwins<>(reference(), GeneratedRotaryEmbeddingTest::generated)
        .compare(
            (embedding, memory) -> {
              Tensor x = memory.floats(rows, heads * (nope + rope));
              Tensor cos = memory.floats(rows, rope / 2);
              Tensor sin = memory.floats(rows, rope / 2);
              int[] positions = memory.random().ints(rows, 0, rows).toArray();
              positions[0] = rows - 1;
              positions[rows - 1] = 0;
              embedding.rotate(x, heads, nope + rope, nope, cos, sin, positions, false);
              embedding.rotate(x, heads, nope + rope, nope, cos, sin, positions, true);
            });
  }

  @Test
  void refusesWhatWouldLieOutside() {
    RotaryEmbedding embedding = generated(new TestTeam(1));
    Tensor x = Floats.zeros(2, 12);
    Tensor table = Floats.zeros(5, 2);
    int[][] wrong = {{3, 4, 1}, {-1, 4, 0}, {3, 3, 0}, {2, -4, 4}, {1, 0, -1}, {1, 0, 9}};
    for (int[] numbers : wrong) {
      assertThatThrownBy(
              () ->
                  embedding.rotate(
                      x, numbers[0], numbers[1], numbers[2], table, table, new int[2], false))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("rope: " + numbers[0] + " heads of 4 every " + numbers[1]);
    }
    for (int position : new int[] {-1, 5}) {
      assertThatThrownBy(
              () -> embedding.rotate(x, 3, 4, 0, table, table, new int[] {0, position}, true))
          .isInstanceOf(IndexOutOfBoundsException.class)
          .hasMessage("rope: expected positions below 5, got " + position);
    }
    Tensor heap = new Tensor(DType.F32, Shape.of(5, 2), MemorySegment.ofArray(new byte[40]));
    assertThatThrownBy(() -> embedding.rotate(x, 3, 4, 0, heap, table, new int[2], true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("rope cos: generated code reaches no heap memory");
  }

  @Test
  void refusesFreedMemory() {
    Tensor freed;
    try (Arena arena = Arena.ofConfined()) {
      freed = Tensor.allocate(arena, DType.F32, 5, 2);
    }
    Tensor x = Floats.zeros(2, 12);
    RotaryEmbedding embedding = generated(new TestTeam(1));
    assertThatThrownBy(() -> embedding.rotate(x, 3, 4, 0, freed, freed, new int[2], true))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("rope cos: the memory has been freed");
  }
}
