package dev.hadal.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hadal.format.FormatException;
import dev.hadal.kernels.Arithmetic;
import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.ReferenceKernels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Whatever the bytes of a prompt cache are, there are tokens and rows or an exception that names
 * the file. A normal run replays the corpus among the test resources.
 */
class PromptCacheFileFuzzTest {
  /** The weights' files have another time in every copy: the key of the corpus is its own. */
  private static final Map<String, String> KEY = Map.of("format", "hadal prompt cache 1");

  @FuzzTest(maxDuration = "60s")
  void promptCache(byte[] bytes) throws IOException {
    Path file = Files.createTempFile("prompt", ".safetensors");
    try (Kernels kernels = new ReferenceKernels(Arithmetic.FP32);
        InferenceModel model = MiniModel.load("model.safetensors", kernels, InferenceMode.BF16)) {
      Files.write(file, bytes);
      try (PromptCacheFile.Restored known = PromptCacheFile.load(file, model, KEY)) {
        assertThat(known.tokens()).hasSize(known.cache().length()).isNotEmpty();
        assertThat(known.tokens().length).isLessThan(bytes.length);
      } catch (FormatException | ModelException e) {
        OneSentence.require(e, file + ": ");
      }
    } finally {
      Files.delete(file);
    }
  }
}
