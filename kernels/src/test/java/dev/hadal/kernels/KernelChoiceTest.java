package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.assembler.CodePages;
import dev.hadal.assembler.CpuFeature;
import dev.hadal.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class KernelChoiceTest {
  @Test
  void opensTheTierThatIsAskedFor() {
    List<String> warnings = new ArrayList<>();
    try (Kernels kernels = KernelChoice.open(KernelTier.VECTOR, 3, warnings::add)) {
      assertThat(kernels.tier()).isEqualTo("vector");
      assertThat(kernels.computeType()).isEqualTo(DType.F32);
      assertThat(kernels.team().size()).isEqualTo(3);
    }
    try (Kernels kernels = KernelChoice.open(KernelTier.REFERENCE, 3, warnings::add)) {
      assertThat(kernels.tier()).isEqualTo("reference");
    }
    assertThat(warnings).isEmpty();
  }

  @Test
  void choosesTheFastestByItself() {
    List<String> warnings = new ArrayList<>();
    boolean generated =
        GeneratedProducts.of(CodeLoader.ofThisMachine()).kinds().contains(OperandKind.DENSE);
    try (Kernels kernels = KernelChoice.open(KernelTier.AUTO, 1, warnings::add)) {
      assertThat(kernels.tier()).isEqualTo(generated ? "generated" : "vector");
    }
  }

  @Test
  void aHostWithoutExecutableMemoryGetsOneWarningAndTheVectorApi() {
    CodeLoader here = CodeLoader.ofThisMachine();
    CodeLoader forbidden = new CodeLoader(here.processor(), CodePages.forbidden("a test says so"));
    List<String> warnings = new ArrayList<>();
    try (Kernels kernels = KernelChoice.open(KernelTier.AUTO, 1, forbidden, warnings::add)) {
      assertThat(kernels.tier()).isEqualTo("vector");
    }
    assertThat(warnings)
        .singleElement(STRING)
        .startsWith("Products of all kinds use the slower Vector API. ");
    assertThatThrownBy(() -> KernelChoice.open(KernelTier.GENERATED, 1, forbidden, warnings::add))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("kernels: generated code does not run here (");
  }

  @Test
  void aProcessorWithoutDotProductsGetsOneWarningAndGeneratedFp32() {
    CodeLoader here = CodeLoader.ofThisMachine();
    assumeTrue(GeneratedProducts.of(here).kinds().contains(OperandKind.DENSE));
    CodeLoader lesser =
        new CodeLoader(here.processor().without(CpuFeature.AVX512_BF16), here.pages());
    List<String> warnings = new ArrayList<>();
    try (Kernels kernels = KernelChoice.open(KernelTier.AUTO, 2, lesser, warnings::add)) {
      assertThat(kernels.tier()).isEqualTo("generated");
      assertThat(GeneratedProducts.of(lesser).kinds()).containsExactly(OperandKind.DENSE);
    }
    assertThat(warnings)
        .singleElement(STRING)
        .startsWith("Products of BF16 and FP8 use the slower Vector API. The processor (")
        .endsWith(") has no [AVX512_BF16].");
  }

  @Test
  void needsAThread() {
    assertThatThrownBy(() -> KernelChoice.open(KernelTier.AUTO, 0, _ -> {}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("threads: expected at least 1, found 0");
  }
}
