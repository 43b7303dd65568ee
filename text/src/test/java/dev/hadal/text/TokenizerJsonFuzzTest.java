package dev.hadal.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** Replays its inputs in normal runs; looks for new ones where JAZZER_FUZZ=1 is set. */
class TokenizerJsonFuzzTest {
  @FuzzTest(maxDuration = "5m")
  void anyBytesAreReadOrRefused(byte[] file) {
    Tokenizer tokenizer;
    try {
      tokenizer = TokenizerJson.parse("fuzz", file);
    } catch (TextException refused) {
      assertThat(refused).hasMessageStartingWith("fuzz: ");
      return;
    }
    byte[] written = TokenizerJson.bytes(tokenizer);
    assertThat(TokenizerJson.bytes(TokenizerJson.parse("written", written))).isEqualTo(written);
  }
}
