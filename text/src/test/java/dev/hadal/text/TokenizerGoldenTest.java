package dev.hadal.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TokenizerGoldenTest {
  private final Tokenizer tokenizer =
      TokenizerJson.parse("tokenizer.json", Golden.bytes("tokenizer.json"));

  @Test
  void encodesAndDecodesAsHuggingFaceDoes() {
    List<Map<String, Object>> cases = Golden.cases("encode");
    assertThat(cases).hasSize(586);
    for (Map<String, Object> one : cases) {
      String text = Golden.string(one, "text");
      assertThat(tokenizer.encode(text)).as(text).isEqualTo(Golden.ids(one));
      assertThat(tokenizer.decode(Golden.ids(one), false)).isEqualTo(Golden.string(one, "decoded"));
      assertThat(tokenizer.decode(Golden.ids(one), true))
          .isEqualTo(Golden.string(one, "decoded_skip_special"));
    }
  }

  @Test
  void decodesAnyIdsAsHuggingFaceDoes() {
    List<Map<String, Object>> cases = Golden.cases("decode");
    assertThat(cases).hasSize(200);
    for (Map<String, Object> one : cases) {
      assertThat(tokenizer.decode(Golden.ids(one))).isEqualTo(Golden.string(one, "decoded"));
    }
  }

  @Test
  void streamsWhatItDecodes() {
    List<Map<String, Object>> cases = new ArrayList<>(Golden.cases("decode"));
    cases.addAll(Golden.cases("encode"));
    for (Map<String, Object> one : cases) {
      for (boolean skipSpecial : new boolean[] {false, true}) {
        StreamingDecoder decoder = tokenizer.streamingDecoder(skipSpecial);
        StringBuilder joined = new StringBuilder();
        for (int id : Golden.ids(one)) {
          String part = decoder.accept(id);
          assertThat(Utf8.hasLoneSurrogate(part)).isFalse();
          joined.append(part);
        }
        joined.append(decoder.finish());
        assertThat(joined.toString()).isEqualTo(tokenizer.decode(Golden.ids(one), skipSpecial));
      }
    }
  }

  @Test
  void encodesManyTextsOnManyThreadsTheSame() {
    List<Map<String, Object>> cases = Golden.cases("encode");
    List<String> texts = cases.stream().map(one -> Golden.string(one, "text")).toList();
    List<int[]> all = tokenizer.encodeAll(texts, 4);
    for (int i = 0; i < texts.size(); i++) {
      assertThat(all.get(i)).isEqualTo(Golden.ids(cases.get(i)));
    }
  }

  @Test
  void aWrittenFileReadsBackEqual() {
    byte[] written = TokenizerJson.bytes(tokenizer);
    Tokenizer back = TokenizerJson.parse("written", written);
    assertThat(back.vocabulary()).isEqualTo(tokenizer.vocabulary());
    assertThat(back.addedTokens()).isEqualTo(tokenizer.addedTokens());
    assertThat(TokenizerJson.bytes(back)).isEqualTo(written);
  }
}
