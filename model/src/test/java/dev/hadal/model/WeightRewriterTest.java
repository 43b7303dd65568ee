package dev.hadal.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.format.IntegerTensor;
import dev.hadal.format.Json;
import dev.hadal.format.JsonObject;
import dev.hadal.format.SafetensorsWriter;
import dev.hadal.format.WeightFiles;
import dev.hadal.kernels.KernelChoice;
import dev.hadal.kernels.KernelTier;
import dev.hadal.kernels.Kernels;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class WeightRewriterTest {
  private static final int[] IDS = IntStream.range(0, 70).map(i -> i * 37 % 96).toArray();

  @TempDir Path folder;
  private ModelConfig config;
  private Path source;

  /** Rows of whole groups everywhere but in one of the experts' linears. */
  @BeforeEach
  void makeModel() {
    String json =
        Configs.SMALL
            .replace("\"vocab_size\": 23", "\"vocab_size\": 96")
            .replace("\"hidden_size\": 12", "\"hidden_size\": 64")
            .replace("\"intermediate_size\": 14", "\"intermediate_size\": 96")
            .replace("\"moe_intermediate_size\": 6", "\"moe_intermediate_size\": 32")
            .replace("\"q_lora_rank\": 7", "\"q_lora_rank\": 32")
            .replace("\"kv_lora_rank\": 5", "\"kv_lora_rank\": 24")
            .replace("\"max_position_embeddings\": 64", "\"max_position_embeddings\": 128")
            .replace("\"v_head_dim\": 3", "\"v_head_dim\": 20");
    config = ModelConfig.fromJson(Json.parseObject("config.json", json), "config.json");
    source = folder.resolve("source");
    try (Parameters parameters = Parameters.allocate(config, DType.F32)) {
      parameters.initialize(5, 0.3);
      parameters.export(source, Parameters.ExportType.BF16);
    }
  }

  private WeightRewriter.Summary rewrite(Path from, Path to, WeightForm form, long shardBytes) {
    WeightRewriter.Options options = new WeightRewriter.Options(form, 32, false, shardBytes);
    try (WeightFiles files = WeightFiles.open(from)) {
      return WeightRewriter.of(config, files, options, new WeightRewriter.Nearest())
          .write(to, configuration(), _ -> {}, _ -> {});
    }
  }

  private JsonObject configuration() {
    return Json.readObject(source.resolve("config.json"));
  }

  private float[] logits(Path model, InferenceMode mode, KernelTier tier) {
    try (Kernels kernels = KernelChoice.open(tier, 2, _ -> {});
        WeightFiles files = WeightFiles.open(model);
        InferenceModel inference = InferenceModel.load(config, files, kernels, mode);
        LatentCache cache = inference.newCache(IDS.length)) {
      return inference
          .forward(List.of(new InferenceModel.Chunk(cache, IDS, 0, false)))
          .logits()
          .getFirst()
          .toFloats();
    }
  }

  private static double difference(float[] a, float[] b) {
    double squares = 0;
    double size = 0;
    for (int i = 0; i < a.length; i++) {
      squares += Math.pow((double) a[i] - b[i], 2);
      size += (double) b[i] * b[i];
    }
    return Math.sqrt(squares / size);
  }

  @ParameterizedTest
  @EnumSource(WeightForm.class)
  void weightsAreThoseOfTheSourceAsCloseAsTheFormIs(WeightForm form) {
    Path target = folder.resolve("target");
    WeightRewriter.Summary summary = rewrite(source, target, form, 1 << 30);
    double bound = form == WeightForm.INT4 ? 0.08 : form == WeightForm.BF16 ? 0 : 0.05;
    try (WeightFiles before = WeightFiles.open(source);
        WeightFiles after = WeightFiles.open(target);
        Arena arena = Arena.ofConfined()) {
      for (String name : before.names()) {
        float[] expected = before.load(name, DType.F32, arena).toFloats();
        float[] found = after.load(name, DType.F32, arena).toFloats();
        float largest = 0;
        for (float value : expected) {
          largest = Math.max(largest, Math.abs(value));
        }
        for (int i = 0; i < expected.length; i++) {
          assertThat(Math.abs(found[i] - expected[i]))
              .as(name)
              .isLessThanOrEqualTo((float) (bound * largest));
        }
      }
    }
    if (form.bits() > 0) {
      assertThat(summary.kept()).anyMatch(name -> name.endsWith("kv_b_proj.weight"));
    }
    assertThat(ModelConfig.read(target.resolve("config.json")).hiddenSize()).isEqualTo(64);
  }

  @ParameterizedTest
  @EnumSource(
      value = WeightForm.class,
      names = {"INT8", "INT4"})
  void exactInferenceUsesTheWeightsAsTheyAre(WeightForm form) throws IOException {
    Path target = folder.resolve("target");
    rewrite(source, target, form, 1 << 30);
    Path plain = folder.resolve("plain");
    try (WeightFiles files = WeightFiles.open(target);
        Arena arena = Arena.ofConfined()) {
      Map<String, Tensor> values = new LinkedHashMap<>();
      for (String name : namesOf(files)) {
        values.put(name, files.load(name, DType.F32, arena));
      }
      Files.createDirectories(plain);
      SafetensorsWriter.write(plain.resolve("model.safetensors"), values);
    }
    float[] expected = logits(plain, InferenceMode.EXACT, KernelTier.VECTOR);
    assertThat(logits(target, InferenceMode.EXACT, KernelTier.VECTOR)).isEqualTo(expected);
    assertThat(logits(target, InferenceMode.EXACT, KernelTier.REFERENCE)).isEqualTo(expected);
  }

  private List<String> namesOf(WeightFiles files) {
    return files.names().stream()
        .filter(name -> !name.endsWith("_scale") && !name.endsWith("_shape"))
        .map(name -> name.replace("_packed", ""))
        .toList();
  }

  @ParameterizedTest
  @EnumSource(
      value = WeightForm.class,
      names = {"INT8", "INT4"})
  void int8InferenceIsCloseAndTheSameInEveryTier(WeightForm form) {
    Path target = folder.resolve("target");
    rewrite(source, target, form, 1 << 30);
    float[] exact = logits(target, InferenceMode.EXACT, KernelTier.VECTOR);
    float[] integers = logits(target, InferenceMode.INT8, KernelTier.VECTOR);
    assertThat(integers).isNotEqualTo(exact);
    // Routing may flip: a few per cent of the whole.
    assertThat(difference(integers, exact)).isLessThan(0.1);
    assertThat(logits(target, InferenceMode.INT8, KernelTier.REFERENCE)).isEqualTo(integers);
    assertThat(logits(target, InferenceMode.INT8, KernelTier.AUTO)).isEqualTo(integers);
  }

  @Test
  void shardsAndAnIndexHoldTheSame() throws IOException {
    Path one = folder.resolve("one");
    Path many = folder.resolve("many");
    rewrite(source, one, WeightForm.INT4, 1 << 30);
    WeightRewriter.Summary summary = rewrite(source, many, WeightForm.INT4, 20_000);
    assertThat(summary.shards()).isGreaterThan(3);
    try (WeightFiles a = WeightFiles.open(one);
        WeightFiles b = WeightFiles.open(many)) {
      assertThat(b.names()).containsExactlyInAnyOrderElementsOf(a.names());
      for (String name : a.names()) {
        assertThat(b.tensor(name).data().mismatch(a.tensor(name).data())).isEqualTo(-1);
      }
    }
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("source", "one", "many");
    }
  }

  @Test
  void anInterruptedRunIsTakenUpAgain() throws IOException {
    Path target = folder.resolve("target");
    WeightRewriter.Options options = new WeightRewriter.Options(WeightForm.INT8, 32, false, 20_000);
    try (WeightFiles files = WeightFiles.open(source)) {
      WeightRewriter rewriter =
          WeightRewriter.of(config, files, options, new WeightRewriter.Nearest());
      assertThatThrownBy(
              () ->
                  rewriter.write(
                      target,
                      configuration(),
                      _ -> {},
                      done -> {
                        if (done.bytes() > 50_000) {
                          throw new IllegalStateException("stopped");
                        }
                      }))
          .hasMessage("stopped");
    }
    assertThat(target).doesNotExist();
    Path partial = folder.resolve(".target.partial");
    try (Stream<Path> left = Files.list(partial)) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .anyMatch(name -> name.startsWith("model-00001-of-"));
    }
    assertThatThrownBy(() -> rewrite(source, target, WeightForm.INT4, 20_000))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("found that of another; remove it");
    rewrite(source, target, WeightForm.INT8, 20_000);
    Path undisturbed = folder.resolve("undisturbed");
    rewrite(source, undisturbed, WeightForm.INT8, 20_000);
    try (WeightFiles a = WeightFiles.open(target);
        WeightFiles b = WeightFiles.open(undisturbed)) {
      for (String name : b.names()) {
        assertThat(a.tensor(name).data().mismatch(b.tensor(name).data())).isEqualTo(-1);
      }
    }
    assertThat(partial).doesNotExist();
  }

  @Test
  void otherEnginesRecogniseTheForm() {
    Path target = folder.resolve("target");
    rewrite(source, target, WeightForm.INT4, 1 << 30);
    JsonObject form =
        Json.readObject(target.resolve("config.json")).getObject("quantization_config");
    assertThat(form.getString("quant_method")).isEqualTo("compressed-tensors");
    assertThat(form.getString("format")).isEqualTo("pack-quantized");
    assertThat(form.getArray("ignore").toStrings())
        .contains("lm_head", "model.layers.1.mlp.gate")
        .doesNotContain("model.layers.1.mlp.experts.0.gate_proj");
    try (WeightFiles files = WeightFiles.open(target)) {
      String name = "model.layers.1.mlp.experts.0.gate_proj.weight";
      IntegerTensor integers = IntegerTensor.find(files, name).orElseThrow();
      assertThat(integers.group()).isEqualTo(32);
      // Element 0 plus 8 in the lowest four bits.
      int word = files.tensor(name + "_packed").data().get(Tensor.INT, 0);
      assertThat((word & 15) - 8).isEqualTo(integers.value(0, 0));
      assertThat(((word >>> 28) & 15) - 8).isEqualTo(integers.value(0, 7));
    }
  }

  @Test
  void whatIsWrongIsNamed() throws IOException {
    Path target = folder.resolve("target");
    Files.createDirectories(target);
    assertThatThrownBy(() -> rewrite(source, target, WeightForm.FP8, 1 << 30))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("expected a folder that does not exist yet");
    assertThatThrownBy(() -> new WeightRewriter.Options(WeightForm.INT4, 48, false, 1))
        .hasMessage("group: expected a multiple of 32, found 48");
    try (Parameters parameters = Parameters.allocate(config, DType.F32)) {
      parameters.initialize(5, 0.3);
      parameters.get("model.layers.0.mlp.up_proj.weight").tensor().setFloat(7, Float.NaN);
      parameters.export(folder.resolve("broken"), Parameters.ExportType.BF16);
    }
    assertThatThrownBy(
            () -> rewrite(folder.resolve("broken"), folder.resolve("t"), WeightForm.INT4, 1 << 30))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "model.layers.0.mlp.up_proj.weight: quantize: expected finite values, found NaN");
  }
}
