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

final class GeneratedCrossEntropyTest {
  private static final CodeLoader LOADER = CodeLoader.ofThisMachine();

  @BeforeEach
  void runsHere() {
    assumeTrue(
        GeneratedCrossEntropy.obstacle(LOADER).isEmpty(), "this machine does not run the code");
  }

  private static CrossEntropy generated(ThreadTeam team) {
    return new GeneratedCrossEntropy(team, LOADER);
  }

  private static CrossEntropy reference() {
    return TestKernels.reference().crossEntropy();
  }

  private static CrossEntropy vector() {
    return new VectorCrossEntropy(new TestTeam(1));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1", "9, 15", "9, 16", "5, 17", "6, 31", "6, 33", "20, 63", "5, 100", "7, 127", "40, 320",
    "6, 4096"
  })
  void lossesAndGradientsHaveTheReferencesBits(int tokens, int vocabulary) {
    new Twins<>(reference(), GeneratedCrossEntropyTest::generated)
        .compare((crossEntropy, memory) -> allOf(crossEntropy, memory, tokens, vocabulary));
  }

  @ParameterizedTest
  @CsvSource({"3, 30011"})
  void lossesAndGradientsHaveTheVectorTiersBits(int tokens, int vocabulary) {
    new Twins<>(vector(), GeneratedCrossEntropyTest::generated)
        .compare((crossEntropy, memory) -> allOf(crossEntropy, memory, tokens, vocabulary));
  }

  private static void allOf(
      CrossEntropy crossEntropy, Twins.Memory memory, int tokens, int vocabulary) {
    Tensor logits = memory.floats(tokens, vocabulary);
    int[] targets = memory.random().ints(tokens, -1, vocabulary).toArray();
    crossEntropy.forward(logits, targets, memory.empty(DType.F32, tokens));
    crossEntropy.forwardBackward(logits, targets, 0.3, memory.empty(DType.F32, tokens));
  }

  /** One row for each special value at each place, and rows of nothing else. */
  @ParameterizedTest
  @CsvSource({"1", "5", "16", "37"})
  void rowsWithSpecialValuesHaveTheReferencesBits(int vocabulary) {
    float[] special = {
      Float.NaN,
      Float.POSITIVE_INFINITY,
      Float.NEGATIVE_INFINITY,
      0f,
      -0f,
      Float.MIN_VALUE,
      -Float.MAX_VALUE,
      Float.MAX_VALUE
    };
    int tokens = special.length * (vocabulary + 1);
    new Twins<>(reference(), GeneratedCrossEntropyTest::generated)
        .compare(
            Twins.Values.ORDINARY,
            (crossEntropy, memory) -> {
              Tensor logits = memory.floats(tokens, vocabulary);
              for (int t = 0; t < tokens; t++) {
                float value = special[t % special.length];
                int place = t / special.length;
                for (int v = 0; v < vocabulary; v++) {
                  if (v == place || place == vocabulary) {
                    logits.setFloat((long) t * vocabulary + v, value);
                  }
                }
              }
              int[] targets = memory.random().ints(tokens, 0, vocabulary).toArray();
              crossEntropy.forward(logits, targets, memory.empty(DType.F32, tokens));
              crossEntropy.forwardBackward(logits, targets, 1, memory.empty(DType.F32, tokens));
            });
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "3, 15", "1, 16", "3, 17", "4, 100", "2, 2000"})
  void touchesNothingBesideItsOperands(int tokens, int vocabulary) {
    new GuardedTwins<>(reference(), GeneratedCrossEntropyTest::generated)
        .compare(
            (crossEntropy, memory) -> {
              Tensor logits = memory.floats(tokens, vocabulary);
              int[] targets = memory.random().ints(tokens, 0, vocabulary).toArray();
              targets[0] = vocabulary - 1;
              crossEntropy.forward(logits, targets, memory.zeros(tokens));
              crossEntropy.forwardBackward(logits, targets, 0.3, memory.zeros(tokens));
            });
  }

  @Test
  void refusesWrongSizesTargetsAndMemoryOfTheHeap() {
    CrossEntropy crossEntropy = generated(new TestTeam(1));
    Tensor logits = Floats.zeros(2, 3);
    assertThatThrownBy(() -> crossEntropy.forward(logits, new int[3], Floats.zeros(3)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("crossEntropy logits: expected [3, 3], got [2, 3]");
    for (int target : new int[] {-2, 3}) {
      int[] targets = {0, target};
      assertThatThrownBy(() -> crossEntropy.forwardBackward(logits, targets, 1, Floats.zeros(2)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("crossEntropy: expected targets below 3, got " + target);
    }
    Tensor heap = new Tensor(DType.F32, Shape.of(2, 3), MemorySegment.ofArray(new byte[24]));
    assertThatThrownBy(() -> crossEntropy.forward(heap, new int[2], Floats.zeros(2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("crossEntropy logits: generated code reaches no heap memory");
  }

  @Test
  void refusesFreedMemory() {
    Tensor freed;
    try (Arena arena = Arena.ofConfined()) {
      freed = Tensor.allocate(arena, DType.F32, 2, 3);
    }
    CrossEntropy crossEntropy = generated(new TestTeam(1));
    assertThatThrownBy(() -> crossEntropy.forward(freed, new int[2], Floats.zeros(2)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("crossEntropy logits: the memory has been freed");
  }
}
