package dev.hadal.format;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Shape;
import dev.hadal.tensor.Tensor;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that the reference library wrote. */
class SafetensorsGoldenTest {
  @TempDir Path folder;

  @Test
  void readsNamesTypesAndShapes() {
    try (SafetensorsFile file = SafetensorsFile.open(MiniGolden.file("model-fp8.safetensors"))) {
      assertThat(file.metadata()).containsEntry("format", "pt");
      SafetensorsEntry weight = file.entry("model.layers.0.mlp.down_proj.weight");
      assertThat(weight.dtype()).isEqualTo(DType.F8_E4M3);
      assertThat(weight.shape()).isEqualTo(Shape.of(64, 96));
      Tensor scale = file.tensor("model.layers.0.mlp.down_proj.weight_scale_inv");
      assertThat(scale.dtype()).isEqualTo(DType.F32);
      assertThat(scale.shape()).isEqualTo(Shape.of(1, 1));
      assertThat(scale.getFloat(0)).isBetween(1e-6f, 1f);
    }
  }

  @Test
  void lossOfTheFirstStepStandsInTheSummary() {
    JsonObject summary = Json.readObject(MiniGolden.file("summary.json"));
    try (SafetensorsFile golden = SafetensorsFile.open(MiniGolden.file("golden.safetensors"));
        SafetensorsFile train = SafetensorsFile.open(MiniGolden.file("train.safetensors"))) {
      assertThat(golden.tensor("logits.0").dtype()).isEqualTo(DType.F64);
      assertThat(train.entry("batch").shape()).isEqualTo(Shape.of(2, 49));
    }
    assertThat(summary.getArray("steps").getObject(0).getDouble("total"))
        .isEqualTo(7.50381572504066);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "model.safetensors",
        "model-fp8.safetensors",
        "golden.safetensors",
        "train.safetensors"
      })
  void copyHasTheSameTensors(String name) {
    Path copy = folder.resolve(name);
    try (SafetensorsFile original = SafetensorsFile.open(MiniGolden.file(name))) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      original.names().forEach(tensor -> tensors.put(tensor, original.tensor(tensor)));
      assertThat(tensors).isNotEmpty();
      SafetensorsWriter.write(copy, tensors, original.metadata());
      try (SafetensorsFile written = SafetensorsFile.open(copy)) {
        assertThat(written.metadata()).isEqualTo(original.metadata());
        assertThat(written.names()).containsExactlyElementsOf(original.names());
        tensors.forEach(
            (tensor, expected) -> {
              assertThat(written.entry(tensor)).isEqualTo(original.entry(tensor));
              assertThat(written.tensor(tensor).data().mismatch(expected.data())).isEqualTo(-1);
            });
      }
    }
  }
}
