package dev.hadal.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.kernels.Kernels;
import dev.hadal.model.InferenceMode;
import dev.hadal.model.Parameters;
import dev.hadal.text.Tokenizer;
import dev.hadal.text.TokenizerJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A continuation has the same tokens and logarithms with a prompt cache as without one. */
class PromptCachePropertyTest {
  private static final int CASES = 12;

  @TempDir private Path folder = Path.of("");

  private void withModel(InferenceMode mode, java.util.function.Consumer<Generator> body) {
    Tokenizer tokenizer = TestModel.tokenizer();
    try (Parameters parameters = TestModel.parameters(TestModel.config(tokenizer.size()), 1)) {
      parameters.export(folder, Parameters.ExportType.BF16);
    }
    TokenizerJson.write(tokenizer, folder.resolve("tokenizer.json"));
    try (Kernels kernels = TestModel.kernels();
        ModelFolder model = ModelFolder.open(folder, kernels, mode)) {
      body.accept(model.generator());
    }
  }

  @Test
  void theContinuationIsTheSame() {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("PromptCachePropertyTest: -Dseed=" + seed);
    Random random = new Random(seed);
    withModel(
        random.nextBoolean() ? InferenceMode.BF16 : InferenceMode.EXACT,
        generator -> {
          Path file = folder.resolve("cache");
          List<String> notes = new ArrayList<>();
          int[] last = random(random, 1 + random.nextInt(200));
          for (int i = 0; i < CASES; i++) {
            int[] prompt = prompt(random, last);
            SamplingOptions options =
                SamplingOptions.sampled(
                        random.nextInt(2), random.nextLong(), 1 + random.nextInt(30))
                    .withLogprobs(2)
                    .withSpeculation(random.nextBoolean());
            Generation expected = generator.generate(prompt, options);
            PromptCache cache = new PromptCache(file, i > 0 && random.nextInt(4) == 0, notes::add);
            Generation found = cache.generate(generator, prompt, options, _ -> true);
            assertThat(found.ids()).as("seed %d, case %d", seed, i).isEqualTo(expected.ids());
            assertThat(found.logprobs()).isEqualTo(expected.logprobs());
            assertThat(found.text()).isEqualTo(expected.text());
            last = prompt;
          }
          assertThat(notes).hasSize(CASES - 1);
        });
  }

  /** Often what was there before, cut or with more. */
  private static int[] prompt(Random random, int[] last) {
    int kept = random.nextInt(4) == 0 ? 0 : random.nextInt(last.length + 1);
    int more = Math.max(kept == 0 ? 1 : 0, Math.min(random.nextInt(90), 350 - kept));
    int[] prompt = Arrays.copyOf(last, kept + more);
    System.arraycopy(random(random, more), 0, prompt, kept, more);
    return prompt;
  }

  private static int[] random(Random random, int length) {
    return random.ints(length, 2, 270).toArray();
  }

  @Test
  void wholePagesOfTheSamePromptAreNotComputedAgain() {
    withModel(
        InferenceMode.BF16,
        generator -> {
          Path file = folder.resolve("cache");
          List<String> notes = new ArrayList<>();
          int[] prompt = random(new Random(3), 200);
          SamplingOptions options = SamplingOptions.greedy(10);
          new PromptCache(file, false, notes::add).generate(generator, prompt, options, _ -> true);
          assertThat(notes).isEmpty();
          byte[] written = bytes(file);
          new PromptCache(file, true, notes::add).generate(generator, prompt, options, _ -> true);
          int[] shorter = Arrays.copyOf(prompt, 128);
          new PromptCache(file, true, notes::add).generate(generator, shorter, options, _ -> true);
          assertThat(notes)
              .containsExactly(
                  file + ": 192 of the prompt's 200 tokens are known.",
                  file + ": 64 of the prompt's 128 tokens are known.");
          assertThat(bytes(file)).isEqualTo(written);
        });
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
