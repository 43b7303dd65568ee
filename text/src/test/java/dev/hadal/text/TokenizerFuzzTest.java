package dev.hadal.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TokenizerFuzzTest {
  private static final Tokenizer TOKENIZER =
      TokenizerJson.parse("tokenizer.json", Golden.bytes("tokenizer.json"));
  private static final RegexPieces ORACLE = new RegexPieces(PreTokenizer.DEEPSEEK_V3);

  @Test
  void textComesBackAsItWas() {
    Fuzz.run("text", TokenizerFuzzTest::checkText);
  }

  @Test
  void anyIdsAreStreamedAsTheyAreDecoded() {
    Fuzz.run("ids", TokenizerFuzzTest::checkIds);
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
