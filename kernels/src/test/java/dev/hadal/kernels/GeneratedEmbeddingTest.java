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

final class GeneratedEmbeddingTest extends EmbeddingContract {
  private static final CodeLoader LOADER = CodeLoader.ofThisMachine();

  GeneratedEmbeddingTest() {
    super(
        new Twins<>(
            TestKernels.reference().embedding(),
            team -> new GeneratedEmbedding(team, LOADER),
            true));
  }

  @BeforeEach
  void needsTheProcessor() {
    assumeTrue(GeneratedEmbedding.obstacle(LOADER).isEmpty(), "this machine does not run the code");
  }

  @Test
  void refusesMemoryOfTheHeap() {
    Tensor heap = new Tensor(DType.F32, Shape.of(1, 2), MemorySegment.ofArray(new byte[8]));
    Embedding embedding = new GeneratedEmbedding(new TestTeam(1), LOADER);
    assertThatThrownBy(() -> embedding.forward(heap, new int[] {0}, true, heap))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("embedding.forward table: generated code reaches no heap memory");
  }
}
