package dev.hadal.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.kernels.KernelChoice;
import dev.hadal.kernels.KernelTier;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.InferenceMode;
import dev.hadal.model.InferenceModel;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A whole generation has the same bits whatever the kernels and threads, with and without drafts.
 */
class SameGenerationTest {
  private static final int TOKENS = 90;

  private static Generation generate(
      KernelTier tier, int threads, InferenceMode mode, boolean drafts) {
    int[] prompt =
        IntStream.range(0, 70).map(i -> (i * i + 3 * i) % TestModel.FEW_TOKENS).toArray();
    SamplingOptions options =
        SamplingOptions.sampled(0.8, 5, TOKENS)
            .withCuts(4, 0.95, 0.01)
            .withLogprobs(3)
            .withSpeculation(drafts);
    try (Kernels kernels = KernelChoice.open(tier, threads, _ -> {});
        InferenceModel model = TestModel.model(TestModel.FEW_TOKENS, 3, kernels, mode)) {
      return new Generator(model, null, Set.of()).generate(prompt, options);
    }
  }

  @ParameterizedTest
  @EnumSource(InferenceMode.class)
  void tokensAndProbabilitiesAreTheSame(InferenceMode mode) {
    Generation expected = generate(KernelTier.REFERENCE, 1, mode, false);
    assertThat(expected.ids()).hasSize(TOKENS);
    for (KernelTier tier : List.of(KernelTier.REFERENCE, KernelTier.VECTOR, KernelTier.AUTO)) {
      // The reference has no threads.
      for (int threads = 1; threads <= (tier == KernelTier.REFERENCE ? 1 : 2); threads++) {
        for (boolean drafts : new boolean[] {false, true}) {
          Generation generation = generate(tier, threads, mode, drafts);
          String which = "%s, %d threads, drafts %s".formatted(tier, threads, drafts);
          assertThat(generation.ids()).as(which).isEqualTo(expected.ids());
          assertThat(generation.logprobs()).as(which).isEqualTo(expected.logprobs());
        }
      }
    }
  }
}
