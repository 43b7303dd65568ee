package dev.hadal.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

/**
 * Whatever the bytes of the {@code tokenizer_config.json} beside a tiktoken vocabulary are, the
 * tokenizer has 256 tokens more than the vocabulary, each with a name that encodes to it, or the
 * file is refused. A normal run replays the corpus among the test resources.
 */
class TiktokenFolderFuzzTest {
  private static final String RANKS = ranks();

  private static String ranks() {
    StringBuilder ranks = new StringBuilder();
    for (int b = 0; b < 256; b++) {
      byte[] token = {(byte) b};
      ranks.append(Base64.getEncoder().encodeToString(token)).append(' ').append(b).append('\n');
    }
    return ranks.toString();
  }

  @FuzzTest(maxDuration = "60s")
  void config(byte[] bytes) throws IOException {
    Path folder = Files.createTempDirectory("tiktoken");
    Path model = folder.resolve("tiktoken.model");
    Path config = folder.resolve("tokenizer_config.json");
    try {
      Files.writeString(model, RANKS);
      Files.write(config, bytes);
      Tokenizer tokenizer = TokenizerFiles.read(folder).orElseThrow();
      assertThat(tokenizer.size()).isEqualTo(512);
      for (AddedToken token : tokenizer.addedTokens()) {
        assertThat(tokenizer.id(token.content())).hasValue(token.id());
        assertThat(tokenizer.decode(new int[] {token.id()})).isEqualTo(token.content());
      }
    } catch (TextException refused) {
      OneSentence.require(refused, folder.toString());
    } finally {
      Files.delete(model);
      Files.delete(config);
      Files.delete(folder);
    }
  }
}
