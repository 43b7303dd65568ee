package dev.hadal.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.text.SpecialTokens;
import dev.hadal.text.Tokenizer;
import dev.hadal.text.TokenizerConfig;
import dev.hadal.text.TokenizerJson;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerBuilderTest {
  @TempDir Path folder;

  @Test
  void specialTokensComeFirstAndThreadsChangeNothing() {
    Map<String, byte[]> programs = DataFixtures.programs(30, 50, 1);
    try (Corpus corpus = Corpus.open(DataFixtures.zip(folder.resolve("c.zip"), programs))) {
      HeldOut.Split split = HeldOut.divide(corpus);
      Tokenizer tokenizer = new TokenizerBuilder(350, 1000, 1, 1).train(corpus, split.training());
      Tokenizer other = new TokenizerBuilder(350, 1000, 1, 3).train(corpus, split.training());
      assertThat(TokenizerJson.bytes(other)).isEqualTo(TokenizerJson.bytes(tokenizer));
      assertThat(tokenizer.size()).isEqualTo(350);
      int id = 0;
      for (String token : SpecialTokens.deepSeekV3().all()) {
        assertThat(tokenizer.id(token)).hasValue(id++);
      }
      TokenizerBuilder.write(tokenizer, folder, 512);
      assertThat(TokenizerJson.bytes(TokenizerJson.read(folder.resolve("tokenizer.json"))))
          .isEqualTo(TokenizerJson.bytes(tokenizer));
      assertThat(TokenizerConfig.read(folder.resolve("tokenizer_config.json")).modelMaxLength())
          .hasValue(512);
    }
  }

  @Test
  void heldOutTextIsNotLearnedFrom() {
    Map<String, byte[]> files = new TreeMap<>();
    for (int i = 0; i < 60; i++) {
      String word = held(i) ? "zyxwv" : "abcde";
      files.put("f" + i, (word + " ").repeat(50).getBytes(StandardCharsets.UTF_8));
    }
    try (Corpus corpus = Corpus.open(DataFixtures.zip(folder.resolve("c.zip"), files))) {
      HeldOut.Split split = HeldOut.divide(corpus);
      assertThat(split.rule()).isEqualTo(new HeldOut(10, 7));
      Tokenizer tokenizer = TokenizerBuilder.of(280, 1, 1).train(corpus, split.training());
      assertThat(tokenizer.encodeOrdinary(" abcde")).hasSize(1);
      assertThat(tokenizer.encodeOrdinary(" zyxwv")).hasSize(6);
    }
  }

  private static boolean held(int file) {
    return new HeldOut(10, 7).holds("f" + file);
  }

  @Test
  void vocabularyWithoutPlaceForTheBytesIsRefused() {
    assertThatThrownBy(() -> TokenizerBuilder.of(261, 1, 1))
        .isInstanceOf(TrainException.class)
        .hasMessage(
            "vocabulary size: expected 262 (256 bytes and 6 special tokens) to 1048576, found 261");
  }
}
