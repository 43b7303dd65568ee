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

final class GeneratedSwiGluTest {
  private static final CodeLoader LOADER = CodeLoader.ofThisMachine();

  @BeforeEach
  void runsHere() {
    assumeTrue(GeneratedSwiGlu.obstacle(LOADER).isEmpty(), "this machine does not run the code");
  }

  private static SwiGlu generated(ThreadTeam team) {
    return new GeneratedSwiGlu(team, LOADER);
  }

  private static SwiGlu reference() {
    return TestKernels.reference().swiGlu();
  }

  private static SwiGlu vector() {
    return new VectorSwiGlu(new TestTeam(1));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1",
    "1, 15",
    "1, 16",
    "3, 17",
    "1, 31",
    "1, 32",
    "1, 33",
    "1, 100",
    "67, 31",
    "31, 352",
    "12, 1408"
  })
  void forwardAndBackwardHaveTheReferencesBits(int rows, int columns) {
    new Twins<>(reference(), GeneratedSwiGluTest::generated)
        .compare((swiGlu, memory) -> allOf(swiGlu, memory, rows, columns));
  }

  @ParameterizedTest
  @CsvSource({"50, 1001"})
  void forwardAndBackwardHaveTheVectorTiersBits(int rows, int columns) {
    new Twins<>(vector(), GeneratedSwiGluTest::generated)
        .compare((swiGlu, memory) -> allOf(swiGlu, memory, rows, columns));
  }

  private static void allOf(SwiGlu swiGlu, Twins.Memory memory, int rows, int columns) {
    Tensor gate = memory.floats(rows, columns);
    Tensor up = memory.floats(rows, columns);
    swiGlu.forward(gate, up, memory.empty(DType.F32, rows, columns));
    Tensor dh = memory.floats(rows, columns);
    Tensor dgate = memory.empty(DType.F32, rows, columns);
    Tensor dup = memory.empty(DType.F32, rows, columns);
    swiGlu.backward(gate, up, dh, dgate, dup);
    swiGlu.backward(gate, up, dh, gate, up);
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "1, 15", "1, 16", "3, 17", "3, 33", "1, 100", "3, 1500"})
  void touchesNothingBesideItsOperands(int rows, int columns) {
    new GuardedTwins<>(reference(), GeneratedSwiGluTest::generated)
        .compare(
            (swiGlu, memory) -> {
              Tensor gate = memory.floats(rows, columns);
              Tensor up = memory.floats(rows, columns);
              swiGlu.forward(gate, up, memory.zeros(rows, columns));
              Tensor dh = memory.floats(rows, columns);
              Tensor dgate = memory.zeros(rows, columns);
              swiGlu.backward(gate, up, dh, dgate, memory.zeros(rows, columns));
            });
  }

  @Test
  void refusesWrongSizesAndMemoryOfTheHeap() {
    SwiGlu swiGlu = generated(new TestTeam(1));
    Tensor x = Floats.zeros(2, 3);
    assertThatThrownBy(() -> swiGlu.forward(x, x, Floats.zeros(2, 2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("swiGlu.forward h: expected [2, 3], got [2, 2]");
    assertThatThrownBy(() -> swiGlu.backward(x, x, x, x, Floats.zeros(3, 3)))
        .isInstanceOf(IllegalArgumentException.class);
    Tensor heap = new Tensor(DType.F32, Shape.of(2, 3), MemorySegment.ofArray(new byte[24]));
    assertThatThrownBy(() -> swiGlu.forward(heap, x, x))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("swiGlu.forward gate: generated code reaches no heap memory");
  }

  @Test
  void refusesFreedMemory() {
    Tensor freed;
    try (Arena arena = Arena.ofConfined()) {
      freed = Tensor.allocate(arena, DType.F32, 3);
    }
    Tensor x = Floats.zeros(3);
    SwiGlu swiGlu = generated(new TestTeam(1));
    assertThatThrownBy(() -> swiGlu.backward(x, x, x, x, freed))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("swiGlu.backward dup: the memory has been freed");
  }
}
