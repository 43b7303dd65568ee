package dev.hadal.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.format.Json;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.InferenceMode;
import dev.hadal.model.Parameters;
import dev.hadal.text.SpecialTokens;
import dev.hadal.text.Tokenizer;
import dev.hadal.text.TokenizerConfig;
import dev.hadal.text.TokenizerJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFolderTest {
  private final Tokenizer tokenizer = TestModel.tokenizer();

  @TempDir private Path run = Path.of("");

  private Path export() {
    Path folder = run.resolve("model");
    try (Parameters parameters = TestModel.parameters(TestModel.config(tokenizer.size()), 1)) {
      parameters.export(folder, Parameters.ExportType.BF16);
    }
    return folder;
  }

  @Test
  void folderRunAndFileAreTheSameModel() {
    Path folder = export();
    TokenizerJson.write(tokenizer, folder.resolve("tokenizer.json"));
    TokenizerConfig.of(SpecialTokens.deepSeekV3(), 400)
        .write(folder.resolve("tokenizer_config.json"));
    Json.write(
        folder.resolve("generation_config.json"),
        Json.parseObject("test", "{\"eos_token_id\": [1, 7]}"));
    try (Kernels kernels = TestModel.kernels();
        ModelFolder first = ModelFolder.open(folder, kernels, InferenceMode.BF16);
        ModelFolder second = ModelFolder.open(run, kernels, InferenceMode.BF16);
        ModelFolder third =
            ModelFolder.open(folder.resolve("model.safetensors"), kernels, InferenceMode.BF16)) {
      assertThat(first.stopTokens()).containsExactlyInAnyOrder(1, 7);
      assertThat(first.warnings()).isEmpty();
      assertThat(first.model().drafts()).isTrue();
      int[] prompt = first.encodePrompt("the cat");
      assertThat(prompt[0]).isZero();
      assertThat(prompt).hasSize(1 + tokenizer.encode("the cat").length);
      assertThat(first.encodePrompt(SpecialTokens.deepSeekV3().bos() + "the cat"))
          .isEqualTo(prompt);
      String text = first.generator().generate(prompt, SamplingOptions.greedy(20)).text();
      for (ModelFolder other : List.of(second, third)) {
        assertThat(other.generator().generate(prompt, SamplingOptions.greedy(20)).text())
            .isEqualTo(text);
        assertThat(other.tokenizerConfig()).isPresent();
      }
    }
  }

  @Test
  void missingPartsAreNamed() throws IOException {
    Path folder = export();
    try (Kernels kernels = TestModel.kernels()) {
      try (ModelFolder model = ModelFolder.open(folder, kernels, InferenceMode.EXACT)) {
        assertThat(model.hasTokenizer()).isFalse();
        assertThatThrownBy(model::tokenizer)
            .isInstanceOf(GenerateException.class)
            .hasMessageContaining("tokenizer.json")
            .hasMessageContaining("found none");
        assertThat(model.stopTokens()).containsExactly(1);
        assertThat(model.generator().generate(new int[] {0, 3}, SamplingOptions.greedy(4)).text())
            .isEmpty();
      }
      Files.delete(folder.resolve("config.json"));
      assertThatThrownBy(() -> ModelFolder.open(folder, kernels, InferenceMode.EXACT))
          .isInstanceOf(GenerateException.class)
          .hasMessageContaining("config.json");
      assertThatThrownBy(
              () -> ModelFolder.open(run.resolve("nowhere"), kernels, InferenceMode.EXACT))
          .hasMessageContaining("nowhere: there is no such file or folder");
    }
  }

  @Test
  void aModelLargerThanTheMachineIsRefusedWithTheNumbers() throws IOException {
    Path folder = export();
    Path config = folder.resolve("config.json");
    String text = Files.readString(config);
    Files.writeString(
        config,
        text.replaceFirst("\"hidden_size\": 16", "\"hidden_size\": 8000000")
            .replaceFirst("\"n_routed_experts\": 4", "\"n_routed_experts\": 40000"));
    try (Kernels kernels = TestModel.kernels()) {
      assertThatThrownBy(() -> ModelFolder.open(folder, kernels, InferenceMode.EXACT))
          .isInstanceOf(GenerateException.class)
          .hasMessageContaining("does not fit into the machine's")
          .hasMessageContaining("weights");
    }
  }
}
