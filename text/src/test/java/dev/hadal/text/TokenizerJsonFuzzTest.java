package dev.hadal.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Whatever the bytes of a {@code tokenizer.json} are, the tokenizer is written as it was read, or
 * the file is refused. A normal run replays the corpus and tries random changes of it.
 */
class TokenizerJsonFuzzTest {
  @FuzzTest(maxDuration = "60s")
  void tokenizerJson(byte[] bytes) {
    readOrRefused(bytes);
  }

  @Test
  void changedBytesAreReadOrRefused() {
    AtomicInteger read = new AtomicInteger();
    Fuzz.run(
        "TokenizerJsonFuzzTestInputs/tokenizerJson", file -> read.addAndGet(readOrRefused(file)));
    assertThat(read).as("files that were read").hasPositiveValue();
  }

  @ParameterizedTest
  @CsvSource({
    "valid, DEEPSEEK_V3, MERGES",
    "valid-v2, DEEPSEEK_V2, MERGES",
    "valid-kimi, KIMI, WHOLE_PIECES_FIRST"
  })
  void theCorpusHoldsFilesThatAreRead(String name, PreTokenizer expected, EncodingRule rule)
      throws IOException {
    String path = "TokenizerJsonFuzzTestInputs/tokenizerJson/%s.json".formatted(name);
    try (InputStream file = Objects.requireNonNull(getClass().getResourceAsStream(path), path)) {
      Tokenizer tokenizer = TokenizerJson.parse(path, file.readAllBytes());
      assertThat(tokenizer.preTokenizer()).isEqualTo(expected);
      assertThat(tokenizer.rule()).isEqualTo(rule);
    }
  }

  private static int readOrRefused(byte[] file) {
    Tokenizer tokenizer;
    try {
      tokenizer = TokenizerJson.parse("fuzz", file);
    } catch (TextException refused) {
      OneSentence.require(refused, "fuzz: ");
      return 0;
    }
    byte[] written = TokenizerJson.bytes(tokenizer);
    assertThat(TokenizerJson.bytes(TokenizerJson.parse("written", written))).isEqualTo(written);
    return 1;
  }
}
