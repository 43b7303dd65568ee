package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.assembler.CpuFeature;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Shape;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class GeneratedOptimizerTest extends OptimizerContract {
  private static final CodeLoader LOADER = CodeLoader.ofThisMachine();

  GeneratedOptimizerTest() {
    super(
        new Twins<>(
            TestKernels.reference().optimizer(),
            team -> new GeneratedOptimizer(team, LOADER),
            true));
  }

  @BeforeEach
  void needsTheProcessor() {
    assumeTrue(GeneratedOptimizer.obstacle(LOADER).isEmpty(), "this machine does not run the code");
  }

  /** More elements than one call takes, with a value beyond the range in the last block. */
  @Test
  void callsAreJoined() {
    int elements = 20 * Spans.SPAN + 5;
    twins.compare(
        Twins.Values.ORDINARY,
        (optimizer, memory) -> {
          Tensor m = memory.empty(DType.BF16, elements);
          m.data().fill((byte) 0);
          Tensor v = memory.empty(DType.BF16, elements);
          v.data().fill((byte) 0);
          Tensor g = memory.floats(elements);
          Optimizer.AdamW numbers = new Optimizer.AdamW(3e-4, 0.9, 0.95, 1e-8, 0.1, 1, 1);
          optimizer.adamW(numbers, memory.floats(elements), g, m, v);
          g.setFloat(elements - 1, 0x1p31f);
          assertThat(optimizer.throughFixedPoint(g, 0x1p-32, 1)).isFalse();
          g.data().fill((byte) 0);
        });
  }

  @Test
  void refusesMemoryOfTheHeap() {
    Tensor heap = new Tensor(DType.F32, Shape.of(2), MemorySegment.ofArray(new byte[8]));
    Optimizer optimizer = new GeneratedOptimizer(new TestTeam(1), LOADER);
    assertThatThrownBy(() -> optimizer.norm(List.of(heap)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("norm gradient: generated code reaches no heap memory");
  }

  @Test
  void namesTheFeatureThatIsMissing() {
    CodeLoader lesser =
        new CodeLoader(LOADER.processor().without(CpuFeature.AVX512DQ), LOADER.pages());
    assertThat(GeneratedOptimizer.obstacle(lesser)).get().asString().contains("AVX512DQ");
  }
}
