package dev.hadal.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TokenizerJsonFuzzTest {
  @Test
  void anyBytesAreReadOrRefused() {
    AtomicInteger read = new AtomicInteger();
    Fuzz.run("tokenizer-json", file -> read.addAndGet(readOrRefused(file)));
    assertThat(read).as("files that were read").hasPositiveValue();
  }

  private static int readOrRefused(byte[] file) {
    Tokenizer tokenizer;
    try {
      tokenizer = TokenizerJson.parse("fuzz", file);
    } catch (TextException refused) {
      assertThat(refused).hasMessageStartingWith("fuzz: ");
      return 0;
    }
    byte[] written = TokenizerJson.bytes(tokenizer);
    assertThat(TokenizerJson.bytes(TokenizerJson.parse("written", written))).isEqualTo(written);
    return 1;
  }
}
