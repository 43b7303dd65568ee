package dev.hadal.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.format.FormatException;
import dev.hadal.format.GgufFile;
import dev.hadal.format.GgufValue;
import dev.hadal.format.GgufWriter;
import dev.hadal.format.Json;
import dev.hadal.format.JsonObject;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.InferenceMode;
import dev.hadal.model.ModelException;
import dev.hadal.text.SpecialTokens;
import dev.hadal.text.TextException;
import dev.hadal.text.Tokenizer;
import dev.hadal.text.TokenizerJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A whole GGUF file that gguf-py wrote, from its path to text. */
class GgufModelTest {
  static final Path GOLDEN =
      Path.of("src", "test", "resources", "golden", "gguf", "model-q4_0.gguf");

  private static final Path TOKENIZER =
      Path.of("..", "text", "src", "test", "resources", "golden", "tokenizer", "tokenizer.json");

  @TempDir private Path folder = Path.of("");

  /** The golden file with other metadata and the same tensors, perhaps without data. */
  private Path changed(Consumer<Map<String, GgufValue>> change) {
    Path path = folder.resolve("changed.gguf");
    try (GgufFile file = GgufFile.open(GOLDEN)) {
      Map<String, GgufValue> metadata = new LinkedHashMap<>(file.metadata().values());
      change.accept(metadata);
      List<GgufWriter.Spec> specs = new ArrayList<>();
      file.tensors()
          .values()
          .forEach(t -> specs.add(new GgufWriter.Spec(t.name(), t.type(), t.shape())));
      try (GgufWriter writer = GgufWriter.create(path, metadata, specs)) {
        specs.forEach(spec -> writer.add(spec.name(), file.data(spec.name())));
        writer.commit();
      }
    }
    return path;
  }

  @Test
  void whatIsReadAndWrittenAgainHasTheSameBytes() throws IOException {
    assertThat(Files.mismatch(changed(_ -> {}), GOLDEN)).isEqualTo(-1);
  }

  @Test
  void aFileHoldsAllThatAFolderHas() {
    ModelFiles files = ModelFiles.read(GOLDEN);
    Tokenizer inside = files.tokenizer().orElseThrow();
    Tokenizer expected = TokenizerJson.read(TOKENIZER);
    for (String text :
        List.of(
            "",
            "The cat sat.",
            "a  b\n\n c 12345 ÄÖÜ 你好",
            SpecialTokens.deepSeekV3().bos() + "x")) {
      assertThat(inside.encode(text)).as(text).isEqualTo(expected.encode(text));
      assertThat(inside.decode(inside.encode(text))).isEqualTo(text);
    }
    assertThat(inside.addedTokens()).hasSameSizeAs(expected.addedTokens());
    assertThat(inside.isSpecial(0)).isEqualTo(expected.isSpecial(0));
    assertThat(files.config().vocabSize()).isEqualTo(1024);
    int bos = files.config().bosTokenId();
    assertThat(inside.token(bos)).contains(SpecialTokens.deepSeekV3().bos());
    assertThat(files.tokenizerConfig().orElseThrow().bos())
        .contains(SpecialTokens.deepSeekV3().bos());
    assertThat(files.tokenizerConfig().orElseThrow().addBos()).isTrue();
    assertThat(files.tokenizerConfig().orElseThrow().chatTemplate())
        .contains("{% for m in messages %}{{ m['content'] }}{% endfor %}");
    assertThat(files.stopTokens())
        .containsExactly(inside.id(SpecialTokens.deepSeekV3().eos()).orElseThrow());
  }

  @ParameterizedTest
  @EnumSource
  void everyModeContinuesText(InferenceMode mode) throws IOException {
    Files.copy(GOLDEN, folder.resolve("only.gguf"));
    try (Kernels kernels = TestModel.kernels();
        ModelFolder model = ModelFolder.open(GOLDEN, kernels, mode);
        ModelFolder inFolder = ModelFolder.open(folder, kernels, mode)) {
      assertThat(model.warnings()).isEmpty();
      int[] prompt = model.encodePrompt("the cat");
      assertThat(prompt[0]).isEqualTo(model.bos().orElseThrow());
      Generation generation = model.generator().generate(prompt, SamplingOptions.greedy(3));
      assertThat(generation.ids()).isNotEmpty();
      assertThat(inFolder.generator().generate(prompt, SamplingOptions.greedy(3)).ids())
          .isEqualTo(generation.ids());
    }
  }

  @Test
  void weightsInAFolderComeBeforeGguf() throws IOException {
    try (var files = Files.list(TestModel.golden())) {
      for (Path file : files.toList()) {
        Files.copy(file, folder.resolve(file.getFileName()));
      }
    }
    Files.copy(GOLDEN, folder.resolve("other.gguf"));
    assertThat(ModelFiles.read(folder).config().vocabSize()).isEqualTo(96);
    assertThat(ModelFiles.read(folder.resolve("other.gguf")).config().vocabSize()).isEqualTo(1024);
    Files.delete(folder.resolve("model.safetensors"));
    assertThat(ModelFolder.config(folder).vocabSize()).isEqualTo(1024);
    Files.copy(GOLDEN, folder.resolve("third.gguf"));
    assertThatThrownBy(() -> ModelFiles.read(folder))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("expected one GGUF model in the folder, found [other.gguf");
  }

  @Test
  void aFileWithoutATokenizerTakesTokenIds() {
    for (String model : List.of("none", "no_vocab")) {
      Path path = changed(m -> m.put("tokenizer.ggml.model", new GgufValue.Text(model)));
      try (Kernels kernels = TestModel.kernels();
          ModelFolder folderOf = ModelFolder.open(path, kernels, InferenceMode.BF16)) {
        assertThat(folderOf.hasTokenizer()).isFalse();
        assertThatThrownBy(folderOf::tokenizer)
            .isInstanceOf(GenerateException.class)
            .hasMessageContaining("changed.gguf: tokenizer.ggml.model: expected a tokenizer");
      }
    }
    Path path = changed(m -> m.keySet().removeIf(key -> key.startsWith("tokenizer.ggml.")));
    assertThat(ModelFiles.read(path).tokenizer()).isEmpty();
    assertThat(ModelInspection.of(path).tokenizer()).isEmpty();
  }

  private void assertRefused(
      Class<?> type, Consumer<Map<String, GgufValue>> change, String message) {
    Path path = changed(change);
    assertThatThrownBy(() -> ModelFiles.read(path))
        .isInstanceOf(type)
        .hasMessageStartingWith(path.toString())
        .hasMessageContaining(message);
  }

  @Test
  void whatIsWrongIsNamed() {
    assertRefused(
        ModelException.class,
        m -> m.put("general.architecture", new GgufValue.Text("llama")),
        "general.architecture: expected deepseek2, found llama");
    assertRefused(
        TextException.class,
        m -> m.put("tokenizer.ggml.pre", new GgufValue.Text("gpt-9")),
        "tokenizer.ggml.pre: expected");
    assertRefused(
        TextException.class,
        m -> m.put("tokenizer.ggml.model", new GgufValue.Text("llama")),
        "tokenizer.ggml.model: expected gpt2");
    assertRefused(
        FormatException.class,
        m -> m.remove("tokenizer.ggml.tokens"),
        "tokenizer.ggml.tokens: the key is missing");
    assertRefused(
        FormatException.class,
        m -> m.put("tokenizer.ggml.tokens", GgufValue.Whole.of(1)),
        "tokenizer.ggml.tokens: expected an array");
    assertRefused(
        FormatException.class,
        m -> m.put("tokenizer.ggml.padding_token_id", GgufValue.Whole.of(5000)),
        "tokenizer.ggml.padding_token_id: expected one of the 1024 tokens, found 5000");
    assertRefused(
        ModelException.class,
        m -> m.put("deepseek2.context_length", GgufValue.Whole.of(0)),
        "max_position_embeddings: expected 1 to");
  }

  @Test
  void aModelLargerThanTheMachineIsRefusedWithTheNumbers() {
    Path path =
        changed(m -> m.put("deepseek2.expert_feed_forward_length", GgufValue.Whole.of(1 << 24)));
    try (Kernels kernels = TestModel.kernels()) {
      assertThatThrownBy(() -> ModelFolder.open(path, kernels, InferenceMode.BF16))
          .isInstanceOf(GenerateException.class)
          .hasMessageContaining("changed.gguf: the model does not fit into the machine's");
    }
  }

  @Test
  void inspectionShowsMetadataTensorsAndParts() throws IOException {
    ModelInspection found = ModelInspection.of(GOLDEN);
    assertThat(found.config().orElseThrow().kvLoraRank()).isEqualTo(256);
    Map<ModelPart, Long> parts =
        found.parts().stream()
            .collect(
                Collectors.toMap(
                    ModelInspection.PartSummary::part, ModelInspection.PartSummary::parameters));
    assertThat(parts).doesNotContainKeys(ModelPart.OTHER, ModelPart.MTP);
    var counts = found.counts().orElseThrow();
    assertThat(parts)
        .containsEntry(ModelPart.ATTENTION, counts.attention())
        .containsEntry(ModelPart.EXPERTS, counts.experts())
        .containsEntry(ModelPart.GATES, counts.gates())
        .containsEntry(ModelPart.SHARED, counts.shared())
        .containsEntry(ModelPart.NORMS, counts.norms())
        .containsEntry(ModelPart.HEAD, counts.head());
    assertThat(found.parameters()).isEqualTo(counts.total());
    assertThat(found.tokenizer().orElseThrow().tokens()).isEqualTo(1024);
    JsonObject json = found.toJson();
    assertThat(Json.parseObject("again", Json.pretty(json))).isEqualTo(json);
    JsonObject metadata = json.getObject("gguf").getObject("metadata");
    assertThat(metadata.getString("general.architecture")).isEqualTo("deepseek2");
    assertThat(metadata.getObject("tokenizer.ggml.tokens").getInt("size")).isEqualTo(1024);
    assertThat(json.getArray("tensors").getObject(0).getString("dtype")).isNotEmpty();
    Files.copy(GOLDEN, folder.resolve("only.gguf"));
    assertThat(ModelInspection.of(folder).tensors()).hasSameSizeAs(found.tensors());
    Files.copy(TestModel.golden().resolve("config.json"), folder.resolve("config.json"));
    assertThat(ModelInspection.of(folder).gguf()).isPresent();
  }

  @Test
  void filesOfOtherArchitecturesCanBeInspected() {
    Path path = changed(m -> m.put("general.architecture", new GgufValue.Text("llama")));
    ModelInspection found = ModelInspection.of(path);
    assertThat(found.config()).isEmpty();
    assertThat(found.gguf()).isPresent();
    assertThat(found.tensors()).isNotEmpty();
  }
}
