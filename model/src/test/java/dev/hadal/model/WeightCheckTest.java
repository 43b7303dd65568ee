package dev.hadal.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.format.Json;
import dev.hadal.format.JsonObject;
import dev.hadal.format.SafetensorsWriter;
import dev.hadal.format.WeightFiles;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WeightCheckTest {
  private static final String Q = "model.layers.1.self_attn.o_proj.weight";

  @TempDir private Path folder = Path.of("");

  private static WeightCheck.Found check(Path path) {
    try (WeightFiles files = WeightFiles.open(path)) {
      return WeightCheck.of(MiniModel.config(), files);
    }
  }

  /** What is found when tensors of a good file are others. */
  private WeightCheck.Found changed(String file, Consumer<Map<String, Tensor>> change) {
    try (WeightFiles files = WeightFiles.open(MiniModel.folder().resolve(file))) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      files.names().forEach(name -> tensors.put(name, files.tensor(name)));
      change.accept(tensors);
      SafetensorsWriter.write(folder.resolve("model.safetensors"), tensors);
    }
    return check(folder);
  }

  private static Tensor zeros(DType type, long... extents) {
    return Tensor.allocate(Arena.ofAuto(), type, extents);
  }

  @ParameterizedTest
  @ValueSource(strings = {"model.safetensors", "model-fp8.safetensors"})
  void aGoodModelHasNoProblems(String file) {
    WeightCheck.Found found = check(MiniModel.folder().resolve(file));
    assertThat(found.problems()).isEmpty();
    assertThat(found.notes()).isEmpty();
  }

  @Test
  void everythingThatIsWrongIsFound() {
    WeightCheck.Found found =
        changed(
            "model.safetensors",
            tensors -> {
              tensors.remove("model.layers.0.mlp.up_proj.weight");
              tensors.remove(ParameterNames.gateBias(1));
              tensors.put(Q, zeros(DType.BF16, 3, 5));
              tensors.put(ParameterNames.FINAL_NORM, zeros(DType.I32, 64));
              tensors.put("model.layers.0.mlp.left_proj.weight", zeros(DType.BF16, 1));
              tensors.put("model.layers.0.self_attn.rotary_emb.inv_freq", zeros(DType.F32, 4));
            });
    assertThat(found.problems())
        .hasSize(5)
        .allMatch(problem -> problem.startsWith(folder.toString()))
        .anyMatch(problem -> problem.contains("\"model.layers.0.mlp.up_proj.weight\" is missing"))
        .anyMatch(problem -> problem.contains("e_score_correction_bias\" is missing"))
        .anyMatch(
            problem -> problem.matches(".*o_proj.weight: expected shape .*, found \\[3, 5\\]"))
        .anyMatch(problem -> problem.endsWith("expected a floating-point type, found I32"))
        .anyMatch(
            problem ->
                problem.endsWith("left_proj.weight: the configuration asks for no such tensor"));
  }

  @Test
  void scalesOfBlocksAreChecked() {
    String scales = Q + ParameterNames.SCALE_SUFFIX;
    assertThat(
            changed("model-fp8.safetensors", t -> t.put(scales, zeros(DType.F32, 7, 2))).problems())
        .singleElement()
        .asString()
        .contains(scales)
        .matches(".*expected F32 \\[\\d+, \\d+\\], found F32 \\[7, 2\\]");
    assertThat(
            changed("model-fp8.safetensors", t -> t.put(scales, zeros(DType.BF16, 1, 1)))
                .problems())
        .singleElement()
        .asString()
        .endsWith("found BF16 [1, 1]");
    assertThat(changed("model-fp8.safetensors", t -> t.remove(scales)).problems())
        .singleElement()
        .asString()
        .contains(scales + "\" is missing");
  }

  @Test
  void scalesOfIntegersAreChecked() {
    Path good = folder.resolve("int4");
    try (WeightFiles files = WeightFiles.open(MiniModel.folder().resolve("model.safetensors"))) {
      WeightRewriter.Options options =
          new WeightRewriter.Options(WeightForm.INT4, 32, false, 1 << 30);
      WeightRewriter.of(MiniModel.config(), files, options, new WeightRewriter.Nearest())
          .write(good, MiniModel.config().toJson(), _ -> {}, _ -> {});
    }
    assertThat(check(good).problems()).isEmpty();
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    try (WeightFiles files = WeightFiles.open(good)) {
      files.names().forEach(name -> tensors.put(name, files.tensor(name)));
      String packed = files.names().stream().filter(n -> n.endsWith("_packed")).findFirst().get();
      tensors.put(packed.replace("_packed", "_scale"), zeros(DType.BF16, 2, 3));
      SafetensorsWriter.write(folder.resolve("model.safetensors"), tensors);
    }
    assertThat(check(folder).problems())
        .singleElement()
        .asString()
        .matches(".*weight_scale: expected F16, BF16 or F32 .*, found BF16 \\[2, 3\\]");
  }

  @Test
  void withoutAnMtpLayerThatIsANote() {
    WeightCheck.Found found =
        changed("model.safetensors", tensors -> tensors.remove("model.layers.2.eh_proj.weight"));
    assertThat(found.problems()).isEmpty();
    assertThat(found.notes()).singleElement().asString().contains("MTP is switched off");
  }

  @Test
  void tensorsThatTheIndexDoesNotNameAreFound() {
    JsonObject.Builder map = JsonObject.builder();
    try (WeightFiles files = WeightFiles.open(MiniModel.folder().resolve("model.safetensors"))) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (String name : files.names()) {
        tensors.put(name, files.tensor(name));
        map.put(name, "one.safetensors");
      }
      tensors.put("stray", zeros(DType.F32, 1));
      SafetensorsWriter.write(folder.resolve("one.safetensors"), tensors);
      SafetensorsWriter.write(
          folder.resolve("two.safetensors"), Map.of("y", zeros(DType.F32, 1), Q, tensors.get(Q)));
    }
    map.put("y", "two.safetensors");
    Json.write(
        folder.resolve("model.safetensors.index.json"),
        JsonObject.builder().put("weight_map", map.build()).build());
    List<String> problems = check(folder).problems();
    assertThat(problems)
        .hasSize(3)
        .anyMatch(problem -> problem.endsWith("stray: the tensor is not in the index"))
        .anyMatch(problem -> problem.endsWith(": y: the configuration asks for no such tensor"))
        .anyMatch(
            problem -> problem.endsWith(Q + ": the index has this tensor in one.safetensors"));
  }
}
