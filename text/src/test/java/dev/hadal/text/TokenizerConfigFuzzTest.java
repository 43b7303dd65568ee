package dev.hadal.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whatever the bytes of a {@code tokenizer_config.json} are, what is read of it is written and read
 * as the same, or it is refused. A normal run replays the corpus among the test resources.
 */
class TokenizerConfigFuzzTest {
  @FuzzTest(maxDuration = "60s")
  void config(byte[] bytes) throws IOException {
    Path file = Files.createTempFile("tokenizer_config", ".json");
    try {
      Files.write(file, bytes);
      TokenizerConfig config = TokenizerConfig.read(file);
      assertThat(config.modelMaxLength().orElse(0)).isNotNegative();
      config.write(file);
      assertThat(TokenizerConfig.read(file)).isEqualTo(config);
    } catch (TextException refused) {
      OneSentence.require(refused, file + ": ");
    } finally {
      Files.delete(file);
    }
  }
}
