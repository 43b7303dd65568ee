package dev.hadal.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerConfigTest {
  @TempDir private Path folder;

  @Test
  void readsWhatItWrites() {
    Path file = folder.resolve("tokenizer_config.json");
    TokenizerConfig config = TokenizerConfig.of(SpecialTokens.deepSeekV3(), 4096);
    config.write(file);
    assertThat(TokenizerConfig.read(file)).isEqualTo(config);
    assertThat(file).content().contains("\"PreTrainedTokenizerFast\"");
  }

  @Test
  void readsThePublishedForms() throws IOException {
    TokenizerConfig config =
        read(
            """
            {"add_bos_token": true, "bos_token": {"__type": "AddedToken", "content": "<b>"},
             "eos_token": "<e>", "pad_token": null, "unk_token": null, "extra": [1],
             "model_max_length": 1000000000000000019884624838656,
             "chat_template": [{"name": "tool", "template": "t"}, {"name": "default", "template": "d"}]}
            """);
    assertThat(config.bos()).hasValue("<b>");
    assertThat(config.eos()).hasValue("<e>");
    assertThat(config.pad()).isEmpty();
    assertThat(config.addBos()).isTrue();
    assertThat(config.addEos()).isFalse();
    assertThat(config.modelMaxLength()).hasValue(Long.MAX_VALUE);
    assertThat(config.chatTemplate()).hasValue("d");
    assertThat(read("{\"chat_template\": \"one\"}").chatTemplate()).hasValue("one");
  }

  @Test
  void refusesOtherTypesByName() {
    assertThatThrownBy(() -> read("{\"bos_token\": 7}"))
        .isInstanceOf(TextException.class)
        .hasMessageContaining("tokenizer_config.json")
        .hasMessageContaining("bos_token");
    assertThatThrownBy(() -> read("{\"chat_template\": {}}"))
        .isInstanceOf(TextException.class)
        .hasMessageContaining("chat_template");
    assertThatThrownBy(() -> read("[]")).isInstanceOf(TextException.class);
  }

  private TokenizerConfig read(String json) throws IOException {
    Path file = folder.resolve("tokenizer_config.json");
    Files.writeString(file, json);
    return TokenizerConfig.read(file);
  }
}
