package dev.hadal.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.format.FormatException;
import dev.hadal.format.SafetensorsFile;
import dev.hadal.format.SafetensorsWriter;
import dev.hadal.kernels.KernelChoice;
import dev.hadal.kernels.KernelTier;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.GoldenVerifier;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GoldenVerificationTest {
  private static final Path TOKENIZER =
      Path.of("..", "text", "src", "test", "resources", "golden", "tokenizer");
  private static final Path TEMPLATES =
      Path.of("..", "template", "src", "test", "resources", "golden", "templates");
  private static final Path CASTS =
      Path.of("..", "format", "src", "test", "resources", "golden", "fp8");
  private static final Path PRODUCTS =
      Path.of("..", "kernels", "src", "test", "resources", "dev", "hadal", "kernels");

  @TempDir private Path folder = Path.of("");

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, to.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  private static List<GoldenReport> run(Path root) {
    try (Kernels kernels = TestModel.kernels()) {
      return GoldenVerification.run(root, kernels, 2, _ -> {});
    }
  }

  private static List<String> names(GoldenReport report) {
    return report.rows().stream().map(GoldenVerifier.Row::name).toList();
  }

  @Test
  void aModelIsComparedInBothArithmeticsAndBothForms() {
    List<String> parts = new ArrayList<>();
    List<GoldenReport> reports;
    try (Kernels kernels = KernelChoice.open(KernelTier.AUTO, 2, _ -> {})) {
      reports = GoldenVerification.run(TestModel.golden(), kernels, 1, parts::add);
    }
    assertThat(parts).hasSize(5);
    assertThat(reports).singleElement().matches(GoldenReport::passed);
    List<String> names = names(reports.getFirst());
    assertThat(names).doesNotHaveDuplicates();
    for (String arithmetic : List.of("fp64", "fp32")) {
      assertThat(names)
          .contains(
              "training " + arithmetic + " hidden.2.2",
              "training " + arithmetic + " step 5 total",
              "training " + arithmetic + " grad.lm_head.weight",
              "inference " + arithmetic + " logits.2",
              "inference " + arithmetic + " hidden.2.2",
              "inference " + arithmetic + " router.1.1.index",
              "inference " + arithmetic + " mtp_logits.2",
              "inference " + arithmetic + " fp8.logits.1",
              "inference " + arithmetic + " greedy.1",
              "inference " + arithmetic + " greedy.1 with drafts");
    }
    assertThat(names).contains("training fp64 step5.lm_head.weight");
  }

  @Test
  void aTokenizerIsTrainedAndItsCasesAreRead() throws IOException {
    copy(TOKENIZER, folder);
    List<GoldenReport> reports = run(folder);
    assertThat(reports).singleElement().matches(GoldenReport::passed);
    assertThat(names(reports.getFirst()))
        .containsExactly(
            "tokenizer trained vocabulary",
            "tokenizer trained merges",
            "tokenizer encode ids",
            "tokenizer encode decoded",
            "tokenizer encode decoded_skip_special",
            "tokenizer decode decoded");
    Path cases = folder.resolve("cases.json");
    String text = Files.readString(cases);
    Files.writeString(cases, text.replaceFirst("\"decoded\": \"", "\"decoded\": \"?"));
    assertThat(run(folder).getFirst().passed()).isFalse();
  }

  @Test
  void templatesAreRenderedAndThoseThatMustFailFail() throws IOException {
    copy(TEMPLATES, folder);
    assertThat(run(folder)).singleElement().matches(GoldenReport::passed);
    assertThat(names(run(folder).getFirst()))
        .containsExactly(
            "templates deepseek-v3.jinja",
            "templates deepseek-r1.jinja",
            "templates deepseek-v3.1.jinja",
            "templates kimi-k2.jinja",
            "templates moonlight.jinja",
            "templates features.jinja");
    Path cases = folder.resolve("cases.json");
    String text = Files.readString(cases);
    for (String changed :
        List.of(
            text.replaceFirst("\"expected\": \"", "\"expected\": \"?"),
            text.replaceFirst("\"error\": \"TypeError\"", "\"expected\": \"\""),
            text.replaceFirst("\"expected\": \"[^\n]*\"\n", "\"error\": \"TypeError\"\n"))) {
      assertThat(changed).isNotEqualTo(text);
      Files.writeString(cases, changed);
      assertThat(run(folder).getFirst().rows()).filteredOn(row -> !row.ok()).hasSize(1);
    }
  }

  @Test
  void casesOfTemplatesThatAreNoneAreRefused() throws IOException {
    Files.writeString(folder.resolve("x.jinja"), "{% if %}");
    for (String cases :
        List.of(
            "{}",
            "[{\"template\": \"../x.jinja\", \"context\": {}, \"expected\": \"\"}]",
            "[{\"template\": \"x.jinja\", \"context\": {}}]",
            "[{\"template\": \"x.jinja\", \"context\": {}, \"expected\": \"\"}]",
            "[{\"template\": \"y.jinja\", \"context\": {}, \"expected\": \"\"}]")) {
      Files.writeString(folder.resolve("cases.json"), cases);
      assertThatThrownBy(() -> run(folder))
          .as(cases)
          .isInstanceOfAny(GenerateException.class, FormatException.class)
          .hasMessageContaining("expected");
    }
  }

  /** The files of the two modules that own the formats, put together as one. */
  private Path fp8() {
    Path file = folder.resolve("fp8.safetensors");
    try (SafetensorsFile casts =
            SafetensorsFile.open(CASTS.resolve("casts-and-blocks.safetensors"));
        SafetensorsFile products = SafetensorsFile.open(PRODUCTS.resolve("fp8.safetensors"))) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (SafetensorsFile source : List.of(casts, products)) {
        source.names().forEach(name -> tensors.put(name, source.tensor(name)));
      }
      SafetensorsWriter.write(file, tensors);
    }
    return file;
  }

  @Test
  void formatsTilesAndProductsOfFp8AreCompared() {
    fp8();
    List<GoldenReport> reports = run(folder);
    assertThat(reports).singleElement().matches(GoldenReport::passed);
    assertThat(names(reports.getFirst()))
        .contains(
            "fp8 cast.e4m3fn.f32.saturating",
            "fp8 cast.e5m2.f32.saturating",
            "fp8 decode.e5m2",
            "fp8 cast.f16.f32.output",
            "fp8 cast.bf16.f32.output",
            "fp8 X.q",
            "fp8 X.pow2.scale",
            "fp8 W.q",
            "fp8 dYT.q",
            "fp8 fprop",
            "fp8 dgrad",
            "fp8 wgrad");
  }

  @Test
  void oneWrongNumberIsFound() {
    Path file = fp8();
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    try (SafetensorsFile source = SafetensorsFile.open(file);
        Arena arena = Arena.ofConfined()) {
      for (String name : source.names()) {
        Tensor stored = source.tensor(name);
        Tensor copy = Tensor.allocate(arena, stored.dtype(), stored.shape().extents());
        copy.copyFrom(stored);
        tensors.put(name, copy);
      }
      Tensor product = Objects.requireNonNull(tensors.get("dgrad"));
      if (product.dtype() == DType.F64) {
        product.setDouble(77, product.getDouble(77) * 1.001);
      } else {
        product.setFloat(77, product.getFloat(77) * 1.001f);
      }
      SafetensorsWriter.write(folder.resolve("changed.safetensors"), tensors);
    }
    assertThat(folder.resolve("changed.safetensors").toFile().renameTo(file.toFile())).isTrue();
    assertThat(run(folder).getFirst().rows())
        .filteredOn(row -> !row.ok())
        .extracting(GoldenVerifier.Row::name)
        .containsExactly("fp8 dgrad");
  }

  @Test
  void ggufBlocksAndFilesAreCompared() throws IOException {
    copy(Path.of("..", "format", "src", "test", "resources", "golden", "gguf"), folder);
    copy(Path.of("src", "test", "resources", "golden", "gguf"), folder);
    List<GoldenReport> reports = run(folder);
    assertThat(reports).singleElement().matches(GoldenReport::passed);
    List<String> names = names(reports.getFirst());
    assertThat(names)
        .doesNotHaveDuplicates()
        .hasSize(13 + 5 + 4)
        .contains(
            "gguf IQ4_XS.values",
            "gguf Q5_1.quantize.blocks",
            "gguf fp64 q4_0.logits.0",
            "gguf fp32 q4_0.logits.1");
    Path model = folder.resolve("model-q4_0.gguf");
    byte[] bytes = Files.readAllBytes(model);
    // A code of the last tensor.
    bytes[bytes.length - 5] ^= 0x10;
    Files.write(model, bytes);
    Path blocks = folder.resolve("blocks.safetensors");
    byte[] changed = Files.readAllBytes(blocks);
    changed[changed.length - 1] ^= 1;
    Files.write(blocks, changed);
    assertThat(run(folder).getFirst().rows())
        .filteredOn(row -> !row.ok())
        .extracting(GoldenVerifier.Row::name)
        .contains("gguf fp32 q4_0.logits.1")
        .anyMatch(name -> name.endsWith(".values") || name.endsWith(".blocks"));
    Files.delete(model);
    assertThatThrownBy(() -> run(folder)).hasMessageContaining("model-q4_0.gguf: there is no such");
  }

  @Test
  void subFoldersAreFoundAndUnsupportedKindsAreNamed() throws IOException {
    copy(TOKENIZER, folder.resolve("a").resolve("tokenizer"));
    copy(TEMPLATES, folder.resolve("b"));
    Files.createDirectories(folder.resolve("c"));
    Files.writeString(folder.resolve("c").resolve("model.gguf"), "");
    List<GoldenReport> reports = run(folder);
    assertThat(reports)
        .extracting(GoldenReport::kind)
        .containsExactly(GoldenKind.TOKENIZER, GoldenKind.TEMPLATES, GoldenKind.GGUF);
    assertThat(reports).extracting(GoldenReport::passed).containsExactly(true, true, false);
    assertThat(reports.get(2).problems())
        .singleElement()
        .asString()
        .contains("expected blocks.safetensors or logits.safetensors");
  }

  @Test
  void aFolderWithoutGoldenNumbersIsAnError() {
    assertThatThrownBy(() -> run(folder))
        .isInstanceOf(GenerateException.class)
        .hasMessageContaining("expected golden numbers");
    assertThatThrownBy(() -> run(folder.resolve("nowhere")))
        .isInstanceOf(GenerateException.class)
        .hasMessageContaining("expected a folder");
  }
}
