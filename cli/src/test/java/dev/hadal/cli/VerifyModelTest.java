package dev.hadal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.format.Hashes;
import dev.hadal.format.Json;
import dev.hadal.format.JsonObject;
import dev.hadal.format.SafetensorsWriter;
import dev.hadal.format.WeightFiles;
import dev.hadal.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VerifyModelTest {
  private static final String NORM = "model.norm.weight";

  /** With its tokenizer. */
  private static final Path GGUF =
      Path.of("../generate/src/test/resources/golden/gguf/model-q4_0.gguf");

  @TempDir private Path folder = Path.of("");

  private static Run verify(Path model, String... more) {
    return verify("reference", model, more);
  }

  private static Run verify(String kernels, Path model, String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("verify", "-m", model.toString(), "-t", "1", "--kernels", kernels));
    arguments.addAll(List.of(more));
    return Run.of(arguments.toArray(String[]::new));
  }

  /** A copy of the golden model, with one number that is none if wanted. */
  private Path copy(boolean spoil) throws IOException {
    Path config = folder.resolve("config.json");
    if (!Files.exists(config)) {
      Files.copy(TestFiles.MODEL.resolve("config.json"), config);
    }
    try (WeightFiles files = WeightFiles.open(TestFiles.MODEL)) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      files.names().forEach(name -> tensors.put(name, files.tensor(name)));
      if (spoil) {
        Tensor norm =
            files.load(NORM, dev.hadal.tensor.DType.F32, java.lang.foreign.Arena.ofAuto());
        norm.setFloat(5, Float.NaN);
        tensors.put(NORM, norm);
      }
      SafetensorsWriter.write(folder.resolve("model.safetensors"), tensors);
    }
    return folder;
  }

  @Test
  void aWholeModelHolds() {
    Run run = verify("auto", TestFiles.MODEL);
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out())
        .contains(Hashes.sha256(TestFiles.MODEL.resolve("model.safetensors")) + "  ")
        .contains(": names, shapes, numbers and hashes hold.")
        .contains("12 tokens, exact arithmetic, ")
        .contains("ok    embedding", "ok    layer 0", "ok    layer 1", "ok    head", "ok    mtp")
        .contains("layers: every bit is that of the reference.");
  }

  @Test
  void aGgufFileHolds() {
    Run run = verify(GGUF, "--prompt", "The cat", "--precision", "int8");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out()).contains("int8 arithmetic", "every bit is that of the reference");
    assertThat(run.err()).contains("these kernels are the reference itself");
  }

  @Test
  void aRunWithATokenizerIsVerifiedWithAPromptAndARange() {
    Path run = TestFiles.run(folder.resolve("run"));
    Run whole = verify(run, "--only", "layers", "--prompt", "the cat sat", "--layers", "1-2");
    assertThat(whole.code()).as(whole.err()).isZero();
    assertThat(whole.out()).contains("ok    layer 1", "ok    mtp").doesNotContain("layer 0");
    assertThat(whole.out()).doesNotContain("weights:");
    assertThat(verify(run, "--layers", "7", "--only", "layers").code()).isEqualTo(65);
  }

  @Test
  void aNumberThatIsNoneIsNamedAndTheLayersAreLeftOut() throws IOException {
    Run run = verify(copy(true));
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.out())
        .contains(NORM + ": expected finite weights, found NaN at [5]")
        .contains("they do not hold")
        .doesNotContain("embedding");
    assertThat(run.err()).contains("the layers are not compared");
  }

  @Test
  void hashesBesideTheFilesAreCompared() throws IOException {
    Path model = copy(false);
    Path sums = folder.resolve("SHA256SUMS");
    String right = Hashes.sha256(folder.resolve("model.safetensors"));
    Files.writeString(sums, right + "  model.safetensors\n");
    Run good = verify(model, "--only", "weights");
    assertThat(good.code()).isZero();
    assertThat(good.out()).contains("ok, as " + sums + " says");
    Files.writeString(sums, "0".repeat(64) + "  model.safetensors\n");
    Run bad = verify(model, "--only", "weights");
    assertThat(bad.code()).isEqualTo(1);
    assertThat(bad.out()).contains("FAIL, " + sums + " says 0000");
    Files.writeString(sums, "nonsense\n");
    assertThat(verify(model, "--only", "weights").code()).isEqualTo(65);
  }

  @Test
  void everythingIsOneJsonObject() throws IOException {
    Run run = verify(copy(true), "--json");
    assertThat(run.code()).isEqualTo(1);
    JsonObject report = Json.parseObject("out", run.out());
    assertThat(report.getBoolean("passed")).isFalse();
    JsonObject weights = report.getObject("weights");
    assertThat(weights.getArray("problems").toStrings()).hasSize(1);
    assertThat(weights.getArray("files").getObject(0).getString("sha256")).hasSize(64);
    Run layers = verify(copy(false), "--json", "--only", "layers", "--layers", "0");
    assertThat(layers.code()).isZero();
    JsonObject first =
        Json.parseObject("out", layers.out()).getObject("layers").getArray("stages").getObject(1);
    assertThat(first.getString("name")).isEqualTo("layer 0");
    assertThat(first.getBoolean("equal")).isTrue();
  }
}
