package dev.hadal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.format.Json;
import dev.hadal.format.JsonObject;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class InspectCommandTest {
  private static final Path GGUF =
      Path.of("..", "generate", "src", "test", "resources", "golden", "gguf", "model-q4_0.gguf");

  @Test
  void aGgufFileIsShownWithoutItsLongArrays() {
    Run run = Run.of("inspect", GGUF.toString());
    assertThat(run.code()).isZero();
    assertThat(run.err()).isEmpty();
    assertThat(run.out())
        .contains("GGUF of version 3, aligned to 32 bytes")
        .contains("  general.architecture = \"deepseek2\"")
        .contains("  tokenizer.ggml.tokens = {\"array_of\":\"STRING\",\"size\":1024}")
        .contains("tokenizer: 1,024 tokens")
        .containsPattern("blk\\.1\\.ffn_up_exps\\.weight +Q4_0 +\\[8, 256, 256] +294,912");
    assertThat(run.out().lines()).hasSizeLessThan(120);
  }

  @Test
  void theSameIsOneJsonObject() {
    Run run = Run.of("inspect", GGUF.toString(), "--json");
    assertThat(run.code()).isZero();
    JsonObject json = Json.parseObject("output", run.out());
    assertThat(json.getObject("gguf").getInt("version")).isEqualTo(3);
    assertThat(json.getObject("config").getString("model_type")).isEqualTo("deepseek_v3");
    assertThat(json.getObject("tokenizer").getInt("tokens")).isEqualTo(1024);
  }
}
