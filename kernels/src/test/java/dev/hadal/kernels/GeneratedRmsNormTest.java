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

final class GeneratedRmsNormTest {
  private static final CodeLoader LOADER = CodeLoader.ofThisMachine();

  @BeforeEach
  void runsHere() {
    assumeTrue(GeneratedRmsNorm.obstacle(LOADER).isEmpty(), "this machine does not run the code");
  }

  private static RmsNorm generated(ThreadTeam team) {
    return new GeneratedRmsNorm(team, LOADER);
  }

  private static RmsNorm reference() {
    return TestKernels.reference().rmsNorm();
  }

  private static RmsNorm vector() {
    return new VectorRmsNorm(new TestTeam(1));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1", "3, 15", "2, 16", "5, 17", "6, 33", "7, 63", "4, 64", "67, 48", "8, 100", "5, 127",
    "41, 256", "9, 1536"
  })
  void forwardAndBackwardHaveTheReferencesBits(int rows, int columns) {
    new Twins<>(reference(), GeneratedRmsNormTest::generated)
        .compare((norm, memory) -> allOf(norm, memory, rows, columns));
  }

  @ParameterizedTest
  @CsvSource({"3, 2048", "130, 515"})
  void forwardAndBackwardHaveTheVectorTiersBits(int rows, int columns) {
    new Twins<>(vector(), GeneratedRmsNormTest::generated)
        .compare((norm, memory) -> allOf(norm, memory, rows, columns));
  }

  private static void allOf(RmsNorm norm, Twins.Memory memory, int rows, int columns) {
    Tensor x = memory.floats(rows, columns);
    Tensor w = memory.floats(columns);
    Tensor y = memory.empty(DType.F32, rows, columns);
    Tensor r = memory.empty(DType.F32, rows);
    norm.forward(x, w, 1e-6, y, r);
    Tensor dy = memory.floats(rows, columns);
    Tensor dx = memory.empty(DType.F32, rows, columns);
    norm.backwardInput(x, w, r, dy, dx, false);
    Tensor added = memory.floats(rows, columns);
    norm.backwardInput(x, w, r, dy, added, true);
    norm.backwardWeight(x, r, dy, memory.empty(DType.F32, columns));
    norm.backwardInput(x, w, r, dy, dy, false);
    norm.forward(x, w, 1e-6, x, r);
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "4, 15", "1, 16", "5, 17", "3, 33", "6, 100", "7, 129"})
  void touchesNothingBesideItsOperands(int rows, int columns) {
    new GuardedTwins<>(reference(), GeneratedRmsNormTest::generated)
        .compare(
            (norm, memory) -> {
              Tensor x = memory.floats(rows, columns);
              Tensor w = memory.floats(columns);
              Tensor r = memory.zeros(rows);
              norm.forward(x, w, 1e-6, memory.zeros(rows, columns), r);
              Tensor dy = memory.floats(rows, columns);
              norm.backwardInput(x, w, r, dy, memory.zeros(rows, columns), false);
              norm.backwardInput(x, w, r, dy, memory.floats(rows, columns), true);
              norm.backwardWeight(x, r, dy, memory.zeros(columns));
            });
  }

  @Test
  void refusesWrongSizesAndMemoryOfTheHeap() {
    RmsNorm norm = generated(new TestTeam(1));
    Tensor x = Floats.zeros(2, 3);
    Tensor r = Floats.zeros(2);
    assertThatThrownBy(() -> norm.forward(x, Floats.zeros(4), 0, x, r))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("rmsNorm.forward w: expected [3], got [4]");
    assertThatThrownBy(() -> norm.backwardInput(x, Floats.zeros(3), r, x, Floats.zeros(3), true))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> norm.backwardWeight(x, r, Floats.zeros(2, 2), Floats.zeros(3)))
        .isInstanceOf(IllegalArgumentException.class);
    Tensor heap = new Tensor(DType.F32, Shape.of(3), MemorySegment.ofArray(new byte[12]));
    assertThatThrownBy(() -> norm.forward(x, heap, 0, x, r))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("rmsNorm.forward w: generated code reaches no heap memory");
  }

  @Test
  void refusesFreedMemory() {
    Tensor freed;
    try (Arena arena = Arena.ofConfined()) {
      freed = Tensor.allocate(arena, DType.F32, 3);
    }
    Tensor x = Floats.zeros(2, 3);
    RmsNorm norm = generated(new TestTeam(1));
    assertThatThrownBy(() -> norm.forward(x, freed, 0, x, Floats.zeros(2)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("rmsNorm.forward w: the memory has been freed");
  }
}
