package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.assembler.CodePages;
import dev.hadal.assembler.CpuFeature;
import dev.hadal.assembler.CpuFeatures;
import dev.hadal.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;

final class KernelChoiceTest {
  private static final CodeLoader HERE = CodeLoader.ofThisMachine();

  private final List<String> warnings = new ArrayList<>();

  /** A processor that could run everything, on a host that forbids executable memory. */
  private static CodeLoader forbidden() {
    CpuFeatures all =
        new CpuFeatures("a test's", 26, 2, EnumSet.allOf(CpuFeature.class), List.of());
    return new CodeLoader(all, CodePages.forbidden("a test says so"));
  }

  private static CodeLoader without(CpuFeature... features) {
    return new CodeLoader(HERE.processor().without(features), HERE.pages());
  }

  private static ServedFamily of(Kernels kernels, KernelFamily family) {
    return kernels.families().stream()
        .filter(served -> served.family() == family)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void opensTheTierThatIsAskedFor() {
    try (Kernels kernels = KernelChoice.open(KernelTier.VECTOR, 3, warnings::add)) {
      assertThat(kernels.tier()).isEqualTo("vector");
      assertThat(kernels.computeType()).isEqualTo(DType.F32);
      assertThat(kernels.team().size()).isEqualTo(3);
      assertThat(kernels.families())
          .isEqualTo(ServedFamily.all(KernelTier.VECTOR, ServedFamily.ASKED_FOR));
    }
    try (Kernels kernels = KernelChoice.open(KernelTier.REFERENCE, 3, warnings::add)) {
      assertThat(kernels.tier()).isEqualTo("reference");
      assertThat(kernels.families())
          .isEqualTo(ServedFamily.all(KernelTier.REFERENCE, ServedFamily.ASKED_FOR));
    }
    assertThat(warnings).isEmpty();
  }

  @Test
  void everyFamilyIsListedOnceInItsOrder() {
    for (KernelTier tier : KernelTier.values()) {
      if (tier == KernelTier.GENERATED && !generatesIntegers()) {
        continue;
      }
      try (Kernels kernels = KernelChoice.open(tier, 1, _ -> {})) {
        assertThat(kernels.families().stream().map(ServedFamily::family))
            .containsExactly(KernelFamily.values());
        assertThat(kernels.families()).allSatisfy(f -> assertThat(f.reason()).isNotBlank());
      }
    }
  }

  private static boolean generates() {
    return GeneratedProducts.of(HERE).kinds().contains(OperandKind.DENSE);
  }

  private static boolean generatesIntegers() {
    return GeneratedProducts.of(HERE).ofIntegers().isEmpty();
  }

  @Test
  void choosesTheFastestByItself() {
    try (Kernels kernels = KernelChoice.open(KernelTier.AUTO, 1, warnings::add)) {
      assertThat(kernels.tier()).isEqualTo(generates() ? "generated" : "vector");
      ServedFamily products = of(kernels, KernelFamily.PRODUCTS_FP32);
      if (generates()) {
        assertThat(products)
            .isEqualTo(
                new ServedFamily(
                    KernelFamily.PRODUCTS_FP32,
                    KernelTier.GENERATED,
                    "the fastest that this machine runs"));
      } else {
        assertThat(products.tier()).isEqualTo(KernelTier.VECTOR);
      }
    }
  }

  @Test
  void aHostWithoutExecutableMemoryGetsOneWarningAndTheVectorApi() {
    try (Kernels kernels = KernelChoice.open(KernelTier.AUTO, 1, forbidden(), warnings::add)) {
      assertThat(kernels.tier()).isEqualTo("vector");
      assertThat(kernels.families())
          .allSatisfy(served -> assertThat(served.tier()).isEqualTo(KernelTier.VECTOR));
      assertThat(of(kernels, KernelFamily.PRODUCTS_BF16).reason())
          .isEqualTo("no executable memory: a test says so");
    }
    assertThat(warnings)
        .singleElement(STRING)
        .startsWith("The Vector API, slower than generated code, serves ")
        .endsWith("(no executable memory: a test says so).");
    assertThatThrownBy(() -> KernelChoice.open(KernelTier.GENERATED, 1, forbidden(), _ -> {}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("kernels: generated code does not run here (no executable memory");
  }

  @Test
  void withoutTheVectorModuleTheReferenceServesWithOneWarningThatSaysWhatToDo() {
    try (Kernels kernels =
        KernelChoice.open(KernelTier.AUTO, 1, forbidden(), false, warnings::add)) {
      assertThat(kernels.tier()).isEqualTo("reference");
      assertThat(kernels.families())
          .allSatisfy(served -> assertThat(served.tier()).isEqualTo(KernelTier.REFERENCE));
    }
    assertThat(warnings)
        .singleElement(STRING)
        .startsWith("The scalar reference, many times slower than generated code, serves ")
        .endsWith(": start with --kernels vector, which loads the module jdk.incubator.vector.");
    assertThatThrownBy(() -> KernelChoice.open(KernelTier.VECTOR, 1, HERE, false, _ -> {}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("start Java with --add-modules jdk.incubator.vector");
  }

  @Test
  void aProcessorWithoutDotProductsGetsOneWarningAndGeneratedFp32() {
    assumeTrue(generates());
    CodeLoader lesser = without(CpuFeature.AVX512_BF16);
    for (KernelTier tier : List.of(KernelTier.AUTO, KernelTier.GENERATED)) {
      warnings.clear();
      try (Kernels kernels = KernelChoice.open(tier, 2, lesser, warnings::add)) {
        assertThat(kernels.tier()).isEqualTo("generated");
        assertThat(of(kernels, KernelFamily.PRODUCTS_FP32).tier()).isEqualTo(KernelTier.GENERATED);
        assertThat(of(kernels, KernelFamily.PRODUCTS_BF16).tier()).isEqualTo(KernelTier.VECTOR);
        assertThat(of(kernels, KernelFamily.PRODUCTS_BF16).reason())
            .startsWith("the processor (")
            .endsWith(") has no [AVX512_BF16]");
        assertThat(MachineProbe.usesDots(kernels, true)).isFalse();
      }
      assertThat(warnings)
          .singleElement(STRING)
          .startsWith("The Vector API, slower than generated code, serves ")
          .contains("products in BF16, products in FP8")
          .doesNotContain("norms")
          .doesNotContain("products in FP32")
          .contains(") has no [AVX512_BF16])");
    }
  }

  @Test
  void aProcessorWithoutVectorsOf512BitsHasGeneratedProductsOfSmallIntegersOnly() {
    assumeTrue(generatesIntegers());
    CodeLoader old = without(CpuFeature.AVX512F);
    try (Kernels kernels = KernelChoice.open(KernelTier.AUTO, 1, old, warnings::add)) {
      assertThat(kernels.tier()).isEqualTo("vector");
      for (ServedFamily served : kernels.families()) {
        boolean integers = served.family() == KernelFamily.PRODUCTS_INT8;
        assertThat(served.tier()).isEqualTo(integers ? KernelTier.GENERATED : KernelTier.VECTOR);
        assertThat(integers || served.reason().contains("AVX512F")).isTrue();
      }
    }
    assertThat(warnings)
        .singleElement(STRING)
        .startsWith(
            "The Vector API, slower than generated code, serves all kernels but products in INT8"
                + " (the processor (")
        .contains("AVX512F");
  }

  @Test
  void aProcessorWithoutVectorsOf256BitsRunsNothingGenerated() {
    CodeLoader old = without(CpuFeature.AVX2, CpuFeature.AVX512F);
    try (Kernels kernels = KernelChoice.open(KernelTier.AUTO, 1, old, warnings::add)) {
      assertThat(kernels.tier()).isEqualTo("vector");
      assertThat(of(kernels, KernelFamily.PRODUCTS_INT8).reason()).contains("AVX2");
    }
    assertThat(warnings).hasSize(1);
  }

  @Test
  void eachFamilySaysWhyItIsNotGenerated() {
    try (Kernels kernels = KernelChoice.open(KernelTier.AUTO, 1, forbidden(), warnings::add)) {
      assertThat(kernels.families())
          .allSatisfy(
              served ->
                  assertThat(served.reason()).isEqualTo("no executable memory: a test says so"));
    }
    assertThat(warnings).singleElement(STRING).contains("serves all kernels (no executable memory");
    assertThat(Arrays.stream(KernelFamily.values()).map(KernelFamily::label).distinct())
        .hasSameSizeAs(KernelFamily.values());
  }

  @Test
  void needsAThread() {
    assertThatThrownBy(() -> KernelChoice.open(KernelTier.AUTO, 0, _ -> {}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("threads: expected at least 1, found 0");
  }
}
