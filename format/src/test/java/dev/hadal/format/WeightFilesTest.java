package dev.hadal.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WeightFilesTest {
  @TempDir Path folder;

  private void shard(String file, String tensor, float value) {
    try (Arena arena = Arena.ofConfined()) {
      SafetensorsWriter.write(
          folder.resolve(file), Map.of(tensor, Tensor.ofFloats(arena, new float[] {value}, 1)));
    }
  }

  private void index(Map<String, String> shards) {
    JsonObject.Builder map = JsonObject.builder();
    shards.forEach(map::put);
    Json.write(
        folder.resolve("model.safetensors.index.json"),
        JsonObject.builder().put("weight_map", map.build()).build());
  }

  @Test
  void aFileIsItselfTheWeights() {
    try (WeightFiles weights = WeightFiles.open(MiniGolden.file("model-fp8.safetensors"))) {
      assertThat(weights.contains("model.layers.0.mlp.down_proj.weight_scale_inv")).isTrue();
      assertThat(weights.folder()).isEqualTo(MiniGolden.folder());
    }
  }

  @Test
  void aFolderWithoutIndexHasOneFile() {
    try (WeightFiles weights = WeightFiles.open(MiniGolden.folder())) {
      assertThat(weights.source()).isEqualTo(MiniGolden.file("model.safetensors"));
      assertThat(weights.contains("model.layers.0.mlp.down_proj.weight_scale_inv")).isFalse();
      assertThat(weights.entry("model.norm.weight").shape().extents()).containsExactly(64);
      assertThatThrownBy(() -> weights.tensor("model.nrom.weight"))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("model.safetensors: tensor \"model.nrom.weight\" is missing");
    }
  }

  @Test
  void anIndexJoinsShardsAndLinksAreFollowed() throws IOException {
    shard("model.safetensors", "old", 0);
    shard("blob", "a", 1);
    shard("model-00002-of-000002.safetensors", "b", 2);
    Files.createSymbolicLink(
        folder.resolve("model-00001-of-000002.safetensors"), folder.resolve("blob"));
    index(
        Map.of("a", "model-00001-of-000002.safetensors", "b", "model-00002-of-000002.safetensors"));
    try (WeightFiles weights = WeightFiles.open(folder)) {
      assertThat(weights.names()).containsExactlyInAnyOrder("a", "b");
      assertThat(weights.tensor("a").getFloat(0)).isEqualTo(1);
      assertThat(weights.tensor("b").getFloat(0)).isEqualTo(2);
      assertThat(weights.shards()).hasSize(2);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../blob",
        "/etc/passwd",
        "sub/blob",
        "..",
        ".",
        "",
        "C:\\\\blob",
        "a\\\\b",
        "C:blob",
        "bl\\u0000ob",
        "bl\\nob"
      })
  void namesInAnIndexCannotLeaveTheFolder(String shard) throws IOException {
    shard("blob", "a", 1);
    Files.writeString(
        folder.resolve("model.safetensors.index.json"),
        "{\"weight_map\":{\"a\":\"" + shard + "\"}}");
    assertThatThrownBy(() -> WeightFiles.open(folder))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("index.json: weight_map.a: expected the name of a file");
  }

  @Test
  void whatIsMissingIsNamed() throws IOException {
    assertThatThrownBy(() -> WeightFiles.open(folder.resolve("nowhere")))
        .hasMessageContaining("nowhere: there is no such file or folder");
    assertThatThrownBy(() -> WeightFiles.open(folder)).hasMessageContaining("found neither");
    shard("one", "a", 1);
    index(Map.of("a", "one", "b", "two"));
    assertThatThrownBy(() -> WeightFiles.open(folder))
        .hasMessageContaining("weight_map.b: the shard \"two\" is missing");
    index(Map.of("a", "one", "c", "one"));
    assertThatThrownBy(() -> WeightFiles.open(folder))
        .hasMessageContaining("weight_map.c: expected the tensor in \"one\", it is missing there");
    Files.writeString(folder.resolve("model.safetensors.index.json"), "{\"weight_map\":[]}");
    assertThatThrownBy(() -> WeightFiles.open(folder))
        .hasMessageContaining("weight_map: expected an object, found an array");
    Files.writeString(
        folder.resolve("model.safetensors.index.json"), "{\"weight_map\":{\"a\":\"\\ud800\"}}");
    assertThatThrownBy(() -> WeightFiles.open(folder))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("weight_map.a: the shard \"?\" is missing");
  }
}
