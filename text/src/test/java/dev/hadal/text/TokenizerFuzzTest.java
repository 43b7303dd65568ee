package dev.hadal.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/**
 * Whatever is encoded is decoded as it was, and streaming tells what decoding at once does. A
 * normal run replays the corpora and tries random changes of them.
 */
class TokenizerFuzzTest {
  private static final Tokenizer TOKENIZER =
      TokenizerJson.parse("tokenizer.json", Golden.bytes("tokenizer.json"));
  private static final RegexPieces ORACLE = new RegexPieces(PreTokenizer.DEEPSEEK_V3);

  @FuzzTest(maxDuration = "60s")
  void text(byte[] bytes) {
    checkText(bytes);
  }

  @FuzzTest(maxDuration = "60s")
  void ids(byte[] bytes) {
    checkIds(bytes);
  }

  @Test
  void changedTextComesBackAsItWas() {
    Fuzz.run("TokenizerFuzzTestInputs/text", TokenizerFuzzTest::checkText);
  }

  @Test
  void changedIdsAreStreamedAsTheyAreDecoded() {
    Fuzz.run("TokenizerFuzzTestInputs/ids", TokenizerFuzzTest::checkIds);
  }

  private static void checkText(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    assertThat(TOKENIZER.decode(TOKENIZER.encode(text))).isEqualTo(text);
    assertThat(TOKENIZER.decode(TOKENIZER.encodeOrdinary(text))).isEqualTo(text);
    assertThat(RegexPieces.scanned(PreTokenizer.DEEPSEEK_V3, text)).isEqualTo(ORACLE.of(text));
  }

  private static void checkIds(byte[] bytes) {
    int[] ids = new int[bytes.length / 2];
    StreamingDecoder decoder = TOKENIZER.streamingDecoder(false);
    StringBuilder streamed = new StringBuilder();
    for (int i = 0; i < ids.length; i++) {
      ids[i] = (bytes[2 * i] & 0xFF) << 8 | (bytes[2 * i + 1] & 0xFF);
      streamed.append(decoder.accept(ids[i]));
    }
    streamed.append(decoder.finish());
    assertThat(streamed.toString()).isEqualTo(TOKENIZER.decode(ids));
    assertThat(Utf8.hasLoneSurrogate(streamed.toString())).isFalse();
  }
}
