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

final class GeneratedElementwiseTest extends ElementwiseContract {
  private static final CodeLoader LOADER = CodeLoader.ofThisMachine();

  GeneratedElementwiseTest() {
    super(
        new Twins<>(
            TestKernels.reference().elementwise(),
            team -> new GeneratedElementwise(team, LOADER),
            true));
  }

  @BeforeEach
  void needsTheProcessor() {
    assumeTrue(
        GeneratedElementwise.obstacle(LOADER).isEmpty(), "this machine does not run the code");
  }

  @Test
  void refusesMemoryOfTheHeap() {
    Tensor heap = new Tensor(DType.F32, Shape.of(2), MemorySegment.ofArray(new byte[8]));
    Elementwise elementwise = new GeneratedElementwise(new TestTeam(1), LOADER);
    assertThatThrownBy(() -> elementwise.add(heap, heap, heap))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("elementwise.add a: generated code reaches no heap memory");
  }
}
