package dev.hadal.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.format.Json;
import dev.hadal.format.JsonObject;
import dev.hadal.model.ModelConfig;
import dev.hadal.model.ParameterCounts;
import dev.hadal.model.Parameters;
import dev.hadal.text.TokenizerJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelInspectionTest {
  @TempDir private Path folder = Path.of("");

  private static Map<ModelPart, Long> parameters(ModelInspection inspection) {
    return inspection.parts().stream()
        .collect(
            Collectors.toMap(
                ModelInspection.PartSummary::part, ModelInspection.PartSummary::parameters));
  }

  @Test
  void theFilesHoldWhatTheConfigurationCounts() {
    ModelInspection inspection = ModelInspection.of(TestModel.golden());
    ModelConfig config = inspection.config().orElseThrow();
    ParameterCounts counts = config.parameterCounts();
    assertThat(parameters(inspection))
        .containsEntry(ModelPart.EMBEDDING, counts.embedding())
        .containsEntry(ModelPart.ATTENTION, counts.attention())
        .containsEntry(ModelPart.NORMS, counts.norms())
        .containsEntry(ModelPart.DENSE, counts.dense())
        .containsEntry(ModelPart.EXPERTS, counts.experts())
        .containsEntry(ModelPart.SHARED, counts.shared())
        .containsEntry(ModelPart.GATES, counts.gates())
        .containsEntry(ModelPart.HEAD, counts.head())
        .containsEntry(ModelPart.MTP, counts.mtp())
        .doesNotContainKey(ModelPart.OTHER);
    assertThat(inspection.parameters()).isEqualTo(counts.total() + counts.mtp());
    assertThat(inspection.bytes())
        .isEqualTo(
            inspection.tensors().stream().mapToLong(ModelInspection.TensorSummary::bytes).sum());
    JsonObject json = inspection.toJson();
    assertThat(Json.parseObject("again", Json.pretty(json))).isEqualTo(json);
    assertThat(json.getArray("tensors").size()).isEqualTo(inspection.tensors().size());
  }

  @Test
  void scalesOfBlocksAreBytesButNotParameters() {
    long plain = ModelInspection.of(TestModel.golden()).parameters();
    ModelInspection blocks =
        ModelInspection.of(TestModel.golden().resolve("model-fp8.safetensors"));
    assertThat(blocks.parameters()).isEqualTo(plain);
    assertThat(blocks.tensors())
        .anyMatch(tensor -> tensor.dtype().equals("F8_E4M3"))
        .allMatch(tensor -> tensor.file().equals("model-fp8.safetensors"));
  }

  @Test
  void aWeightsFileNeedsNoConfiguration() throws IOException {
    Path file = folder.resolve("alone.safetensors");
    Files.copy(TestModel.golden().resolve("model.safetensors"), file);
    ModelInspection inspection = ModelInspection.of(file);
    assertThat(inspection.config()).isEmpty();
    assertThat(inspection.tensors()).isNotEmpty();
    assertThat(inspection.toJson().has("config")).isFalse();
    assertThat(ModelInspection.of(folder).tensors()).isEqualTo(inspection.tensors());
  }

  @Test
  void aTokenizerMayStandAlone() {
    Path file = folder.resolve("tokenizer.json");
    TokenizerJson.write(TestModel.tokenizer(), file);
    for (Path path : new Path[] {folder, file}) {
      ModelInspection inspection = ModelInspection.of(path);
      assertThat(inspection.tensors()).isEmpty();
      assertThat(inspection.tokenizer().orElseThrow().tokens())
          .isEqualTo(TestModel.tokenizer().size());
    }
  }

  @Test
  void aRunLeadsToItsModel() {
    Path model = folder.resolve("model");
    try (Parameters parameters = TestModel.parameters(TestModel.config(300), 1)) {
      parameters.export(model, Parameters.ExportType.F32);
    }
    assertThat(ModelInspection.of(folder).source()).isEqualTo(model);
  }

  @Test
  void aCheckpointIsReadByItsManifest() throws IOException {
    Files.copy(
        TestModel.golden().resolve("model.safetensors"), folder.resolve("weights.safetensors"));
    Files.writeString(
        folder.resolve("manifest.json"),
        """
        {"format": "hadal-checkpoint", "version": 1, "step": 12,
         "files": [{"name": "weights.safetensors", "bytes": 5, "sha256": "00"}],
         "fields": {"seed": 3}}
        """);
    ModelInspection inspection = ModelInspection.of(folder);
    ModelInspection.CheckpointSummary checkpoint = inspection.checkpoint().orElseThrow();
    assertThat(checkpoint.step()).isEqualTo(12);
    assertThat(checkpoint.fields().getInt("seed")).isEqualTo(3);
    assertThat(inspection.tensors()).isNotEmpty();
    assertThat(inspection.toJson().getObject("checkpoint").getLong("step")).isEqualTo(12);
  }

  @Test
  void nothingToSeeIsAnError() {
    assertThatThrownBy(() -> ModelInspection.of(folder))
        .isInstanceOf(GenerateException.class)
        .hasMessageContaining("found none");
    assertThatThrownBy(() -> ModelInspection.of(folder.resolve("nowhere")))
        .isInstanceOf(GenerateException.class)
        .hasMessageContaining("there is no such file or folder");
  }
}
