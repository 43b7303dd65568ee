package dev.hadal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.format.Json;
import dev.hadal.format.JsonObject;
import dev.hadal.format.WeightFiles;
import dev.hadal.generate.ModelFiles;
import dev.hadal.model.InferenceMode;
import dev.hadal.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * {@code quantize}, {@code convert} and {@code eval perplexity}: one's output is another's input.
 */
class RewriteCommandsTest {
  private static final Path GGUF =
      Path.of("..", "generate", "src", "test", "resources", "golden", "gguf", "model-q4_0.gguf");

  @TempDir Path folder;
  private String source;
  private Path text;

  @BeforeEach
  void makeModel() {
    source = GGUF.toString();
    text = TestFiles.write(folder.resolve("text.txt"), "the cat sat on the mat\n".repeat(40));
  }

  private String at(String name) {
    return folder.resolve(name).toString();
  }

  private static Set<String> filesOf(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> String.valueOf(file.getFileName())).collect(Collectors.toSet());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static void requireDone(Run run) {
    // On a busy machine there is progress to tell of.
    assertThat(run.err().lines().filter(line -> !line.endsWith("s left"))).isEmpty();
    assertThat(run.code()).isZero();
  }

  @Test
  void aGgufFileBecomesAFolderOfTheSameModel() {
    Run run = Run.of("convert", "-m", source, "-o", at("bf16"));
    requireDone(run);
    assertThat(run.out()).contains("bytes before").contains("bf16, in 1 file");
    Path made = folder.resolve("bf16");
    assertThat(filesOf(made))
        .containsExactlyInAnyOrder(
            "config.json",
            "generation_config.json",
            "model.safetensors",
            "tokenizer.json",
            "tokenizer_config.json");
    ModelFiles before = ModelFiles.read(GGUF);
    ModelFiles after = ModelFiles.read(made);
    assertThat(after.config()).isEqualTo(before.config());
    assertThat(after.stopTokens()).isEqualTo(before.stopTokens());
    assertThat(after.tokenizerConfig()).isEqualTo(before.tokenizerConfig());
    String sample = "Grüße, the cat sat on 12345 mats.";
    assertThat(after.requireTokenizer().encodeOrdinary(sample))
        .isEqualTo(before.requireTokenizer().encodeOrdinary(sample));
    Run score =
        Run.of(
            "eval",
            "perplexity",
            "-m",
            source,
            "-m",
            at("bf16"),
            "--precision",
            "bf16",
            "--json",
            text.toString());
    requireDone(score);
    // Decoded blocks are rounded to BF16 either way.
    List<Double> found = perplexities(score);
    assertThat(found).hasSize(2);
    assertThat(found.get(1)).isEqualTo(found.get(0));
  }

  private static List<Double> perplexities(Run run) {
    var results = Json.parseObject("output", run.out()).getArray("results");
    return java.util.stream.IntStream.range(0, results.size())
        .mapToObj(i -> results.getObject(i).getDouble("perplexity"))
        .toList();
  }

  @ParameterizedTest
  @CsvSource({"int8, INT8, 0.02", "int4, INT8, 0.3", "fp8, FP8, 0.1"})
  void aFormIsRecognisedAndNotFarFromBf16(String form, InferenceMode mode, double bound) {
    requireDone(Run.of("convert", "-m", source, "-o", at("bf16")));
    Run run = Run.of("quantize", "-m", at("bf16"), "-o", at(form), "--form", form);
    requireDone(run);
    assertThat(run.out()).contains(form + ", in 1 file");
    assertThat(ModelFiles.read(folder.resolve(form)).usualMode()).isEqualTo(mode);
    assertThat(filesOf(folder.resolve(form))).isEqualTo(filesOf(folder.resolve("bf16")));
    Run score =
        Run.of("eval", "perplexity", "-m", at("bf16"), "-m", at(form), "--json", text.toString());
    requireDone(score);
    List<Double> found = perplexities(score);
    assertThat(found.get(1)).isNotEqualTo(found.get(0));
    assertThat(found.get(1) / found.get(0)).isBetween(1 - bound, 1 + bound);
  }

  @Test
  void fp8GoesBackToBf16AndShardsHaveAnIndex() {
    requireDone(Run.of("convert", "-m", source, "-o", at("fp8"), "--to", "fp8"));
    Run run =
        Run.of("convert", "-m", at("fp8"), "-o", at("back"), "--to", "bf16", "--shard-gb", "0.001");
    requireDone(run);
    assertThat(filesOf(folder.resolve("back"))).contains("model.safetensors.index.json");
    JsonObject config = Json.readObject(folder.resolve("back").resolve("config.json"));
    assertThat(config.has("quantization_config")).isFalse();
    try (WeightFiles files = WeightFiles.open(folder.resolve("back"))) {
      assertThat(files.shards()).hasSizeGreaterThan(1);
      String name = "model.layers.0.mlp.up_proj.weight";
      assertThat(files.entry(name).dtype()).isEqualTo(DType.BF16);
    }
  }

  @Test
  void codeAndNamesOfCodeStayBehind() throws IOException {
    Path model = TestFiles.run(folder.resolve("run")).resolve("model");
    JsonObject config = Json.readObject(model.resolve("config.json"));
    Json.write(
        model.resolve("config.json"),
        JsonObject.builder()
            .putAll(config)
            .put("auto_map", JsonObject.builder().put("AutoModel", "modeling.Model").build())
            .build());
    TestFiles.write(model.resolve("modeling.py"), "print('hello')");
    TestFiles.write(model.resolve("LICENSE-MODEL"), "terms");
    Files.createDirectories(model.resolve("LICENSES"));
    Run run = Run.of("quantize", "-m", at("run"), "-o", at("int4"), "--form", "int4");
    requireDone(run);
    assertThat(run.out()).contains("linears stay BF16").contains("more");
    assertThat(filesOf(folder.resolve("int4")))
        .contains("LICENSE-MODEL", "tokenizer.json")
        .doesNotContain("modeling.py", "LICENSES");
    assertThat(Json.readObject(folder.resolve("int4").resolve("config.json")).has("auto_map"))
        .isFalse();
  }

  @Test
  void gptqRoundsForAText() {
    String[] quantize = {"quantize", "-m", source, "--form", "int4", "-o"};
    requireDone(Run.of(with(quantize, at("nearest"))));
    requireDone(
        Run.of(
            with(
                quantize,
                at("gptq"),
                "--method",
                "gptq",
                "--calibration",
                text.toString(),
                "--calibration-tokens",
                "100")));
    Path nearest = folder.resolve("nearest").resolve("model.safetensors");
    Path gptq = folder.resolve("gptq").resolve("model.safetensors");
    assertThat(gptq).hasSize(nearest.toFile().length());
  }

  private static String[] with(String[] arguments, String... more) {
    return Stream.concat(Stream.of(arguments), Stream.of(more)).toArray(String[]::new);
  }

  @Test
  void theTextMayComeFromStandardInput() {
    TestFiles.run(folder.resolve("run"));
    Run run =
        Run.with(
            "the cat sat on the mat",
            Map.of(),
            "eval",
            "perplexity",
            "-m",
            at("run"),
            "--precision",
            "exact,bf16",
            "--window",
            "5",
            "-");
    requireDone(run);
    assertThat(run.out().lines()).hasSize(2);
    assertThat(run.out())
        .contains("exact (")
        .contains("bf16 (")
        .contains("%")
        .contains("windows of 5");
  }

  @Test
  void whatIsWrongIsOneSentence() {
    TestFiles.run(folder.resolve("run"));
    String run = at("run");
    refused(
        64,
        "expected int4, int8 or fp8, found 'bf16'",
        "quantize",
        "-m",
        run,
        "-o",
        at("x"),
        "--form",
        "bf16");
    refused(
        64,
        "expected 32, 64 or 128, found 48",
        "quantize",
        "-m",
        run,
        "-o",
        at("x"),
        "--form",
        "int4",
        "--group",
        "48");
    refused(
        64,
        "found --form fp8",
        "quantize",
        "-m",
        run,
        "-o",
        at("x"),
        "--form",
        "fp8",
        "--group",
        "32");
    refused(64, "does not exist yet", "quantize", "-m", run, "-o", run, "--form", "int4");
    refused(
        64,
        "--shard-gb: expected more than 0",
        "convert",
        "-m",
        run,
        "-o",
        at("x"),
        "--shard-gb",
        "0");
    refused(
        64,
        "--to: expected bf16 or fp8, found 'int8'",
        "convert",
        "-m",
        run,
        "-o",
        at("x"),
        "--to",
        "int8");
    refused(65, "there is no such file", "convert", "-m", at("nowhere"), "-o", at("x"));
    refused(65, "expected a text file, found none", "eval", "perplexity", "-m", run, at("nowhere"));
    refused(
        64,
        "found 'int3'",
        "eval",
        "perplexity",
        "-m",
        run,
        "--precision",
        "bf16,int3",
        text.toString());
    refused(
        64,
        "--window: expected 1 to the 64 positions",
        "eval",
        "perplexity",
        "-m",
        run,
        "--window",
        "65",
        text.toString());
    String[] quantize = {"quantize", "-m", run, "-o", at("x"), "--form"};
    refused(64, "nearest or gptq, found 'awq'", with(quantize, "int4", "--method", "awq"));
    refused(64, "--calibration FILE, found none", with(quantize, "int4", "--method", "gptq"));
    refused(64, "--method gptq with it", with(quantize, "int4", "--calibration", "a.txt"));
    refused(64, "found fp8", with(quantize, "fp8", "--method", "gptq", "--calibration", "a.txt"));
    assertThat(folder.resolve("x")).doesNotExist();
  }

  private static void refused(int code, String part, String... arguments) {
    Run run = Run.of(arguments);
    assertThat(run.err()).contains(part);
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.code()).isEqualTo(code);
    assertThat(run.out()).isEmpty();
  }
}
