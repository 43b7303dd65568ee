package dev.hadal.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

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
