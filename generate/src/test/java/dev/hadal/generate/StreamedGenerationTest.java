package dev.hadal.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import dev.hadal.format.GgufFiles;
import dev.hadal.kernels.KernelChoice;
import dev.hadal.kernels.KernelTier;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.GgufConfig;
import dev.hadal.model.InferenceMemory;
import dev.hadal.model.InferenceMode;
import dev.hadal.model.MemoryLimit;
import dev.hadal.model.ModelException;
import dev.hadal.model.PackedCache;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Generation with experts on the disk is generation with experts in memory. */
class StreamedGenerationTest {
  private static final Path GGUF = GgufModelTest.GOLDEN;
  private static final int POSITIONS = 512;

  @TempDir Path folder;

  private static Kernels kernels(int threads) {
    return KernelChoice.open(KernelTier.AUTO, threads, _ -> {});
  }

  private Optional<PackedCache> cache() {
    return Optional.of(new PackedCache(folder, 1 << 30, _ -> {}));
  }

  private static InferenceMemory need(Path model, Kernels kernels, InferenceMode mode) {
    if (GgufFiles.isGguf(model)) {
      try (GgufFiles files = GgufFiles.open(model)) {
        return InferenceMemory.of(GgufConfig.read(files), files, kernels, mode);
      }
    }
    return InferenceMemory.of(ModelFiles.config(model), mode, kernels);
  }

  private static MemoryLimit limit(InferenceMemory need, int slots) {
    return new MemoryLimit(
        need.least(POSITIONS) + (slots - 1) * need.experts().largest(), POSITIONS);
  }

  private static SamplingOptions options(boolean drafts) {
    return SamplingOptions.sampled(0.9, 5, 20)
        .withCuts(40, 0.95, 0.01)
        .withLogprobs(2)
        .withSpeculation(drafts);
  }

  private static List<GenerationRequest> requests(boolean drafts) {
    return List.of(
        GenerationRequest.of(new int[] {3, 1, 4, 1, 5, 9, 2, 6}, options(drafts), Set.of()),
        GenerationRequest.of(new int[] {2, 7, 1}, options(drafts), Set.of()),
        GenerationRequest.of(new int[] {31, 41, 59, 26, 53}, options(drafts), Set.of()));
  }

  private static void requireSame(List<Generation> found, List<Generation> expected) {
    for (int i = 0; i < expected.size(); i++) {
      assertThat(found.get(i).ids()).isEqualTo(expected.get(i).ids());
      assertThat(found.get(i).logprobs()).isEqualTo(expected.get(i).logprobs()).isNotEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void smallIntegersOfGguf(InferenceMode mode) {
    List<Generation> expected;
    try (Kernels kernels = kernels(1);
        ModelFolder whole = ModelFiles.read(GGUF).open(kernels, mode)) {
      expected = whole.generator().generateAll(requests(false));
    }
    for (int threads = 1; threads <= 2; threads++) {
      try (Kernels kernels = kernels(threads)) {
        InferenceMemory need = need(GGUF, kernels, mode);
        for (int slots : new int[] {1, need.experts().count() / 2, need.experts().count() - 1}) {
          try (ModelFolder part =
              ModelFiles.read(GGUF).open(kernels, mode, cache(), Optional.of(limit(need, slots)))) {
            requireSame(part.generator().generateAll(requests(false)), expected);
            requireSame(part.generator().generateAll(requests(false)), expected);
            assertThat(part.model().experts().orElseThrow().slots()).isEqualTo(slots);
            assertThat(part.model().experts().orElseThrow().bytesRead()).isPositive();
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"BF16", "FP8"})
  void draftsOfTheMtpLayer(InferenceMode mode) {
    Path model = TestModel.golden();
    try (Kernels kernels = kernels(2)) {
      List<Generation> expected;
      try (ModelFolder whole = ModelFiles.read(model).open(kernels, mode)) {
        expected = whole.generator().generateAll(requests(false));
      }
      try (ModelFolder part =
          ModelFiles.read(model)
              .open(kernels, mode, cache(), Optional.of(limit(need(model, kernels, mode), 5)))) {
        List<Generation> found = part.generator().generateAll(requests(true));
        requireSame(found, expected);
        assertThat(found).anyMatch(one -> one.speculation().drafted() > 0);
        assertThat(part.model().experts().orElseThrow().hitRate()).isBetween(0.05, 0.95);
      }
    }
  }

  @Test
  void whatDoesNotFitIsRefusedWithWhatWould() {
    Path model = TestModel.golden();
    try (Kernels kernels = kernels(1)) {
      InferenceMemory need = need(model, kernels, InferenceMode.BF16);
      MemoryCheck check =
          new MemoryCheck(
              model, ModelFiles.config(model), InferenceMode.BF16, kernels, Optional.empty());
      check.require(need, need.total(1));
      assertThatThrownBy(() -> check.require(need, need.total(1) - 1))
          .isInstanceOf(GenerateException.class)
          .extracting(Throwable::getMessage, STRING)
          .contains("the model does not fit into the machine's 267 MB of memory: weights 1 MB")
          .contains(
              "; what would fit: --memory (generate, chat, bench) with 268 MB or more, which reads")
          .contains("; or --precision fp8 with 268 MB; or 4-bit weights (hadal quantize) with");
      assertThatThrownBy(() -> check.require(need, 1 << 20))
          .hasMessageEndingWith("; a machine with more is needed");
      MemoryLimit small = new MemoryLimit(1 << 20, POSITIONS);
      assertThatThrownBy(
              () ->
                  ModelFiles.read(model)
                      .open(kernels, InferenceMode.BF16, cache(), Optional.of(small)))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("mini: the model does not fit into 1,048,576 bytes of memory");
      MemoryCheck large =
          new MemoryCheck(
              model,
              ModelFiles.config(model),
              InferenceMode.BF16,
              kernels,
              Optional.of(limit(need, 3)));
      assertThatThrownBy(() -> large.require(need, 1 << 20))
          .isInstanceOf(GenerateException.class)
          .hasMessageContaining("expected a limit of at most the machine's 1 MB");
    }
  }
}
