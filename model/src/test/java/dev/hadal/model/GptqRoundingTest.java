package dev.hadal.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.format.Json;
import dev.hadal.format.WeightFiles;
import dev.hadal.kernels.KernelChoice;
import dev.hadal.kernels.KernelTier;
import dev.hadal.kernels.Kernels;
import dev.hadal.tensor.DType;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GptqRoundingTest {
  private static final int[] TEXT = new Random(9).ints(600, 0, 96).toArray();

  @TempDir Path folder;
  private ModelConfig config;
  private Path source;

  @BeforeEach
  void makeModel() {
    String json =
        Configs.SMALL
            .replace("\"vocab_size\": 23", "\"vocab_size\": 96")
            .replace("\"hidden_size\": 12", "\"hidden_size\": 64")
            .replace("\"intermediate_size\": 14", "\"intermediate_size\": 96")
            .replace("\"moe_intermediate_size\": 6", "\"moe_intermediate_size\": 32")
            .replace("\"q_lora_rank\": 7", "\"q_lora_rank\": 32")
            .replace("\"kv_lora_rank\": 5", "\"kv_lora_rank\": 32")
            .replace("\"max_position_embeddings\": 64", "\"max_position_embeddings\": 128")
            .replace("\"v_head_dim\": 3", "\"v_head_dim\": 16");
    config = ModelConfig.fromJson(Json.parseObject("config.json", json), "config.json");
    source = folder.resolve("source");
    try (Parameters parameters = Parameters.allocate(config, DType.F32)) {
      parameters.initialize(5, 0.3);
      parameters.export(source, Parameters.ExportType.BF16);
    }
  }

  private Path rewrite(String name, int[] text, long stopAfter) {
    WeightRewriter.Options options = new WeightRewriter.Options(WeightForm.INT4, 32, false, 20_000);
    Path target = folder.resolve(name);
    try (Kernels kernels = KernelChoice.open(KernelTier.VECTOR, 2, _ -> {});
        WeightFiles files = WeightFiles.open(source);
        GptqRounding gptq = GptqRounding.of(config, files, kernels, text)) {
      WeightRewriter.of(
              config, files, options, text.length == 0 ? new WeightRewriter.Nearest() : gptq)
          .write(
              target,
              Json.readObject(source.resolve("config.json")),
              _ -> {},
              done -> {
                if (done.bytes() > stopAfter) {
                  throw new IllegalStateException("stopped");
                }
              });
    }
    return target;
  }

  private float[] logits(Path model) {
    try (Kernels kernels = KernelChoice.open(KernelTier.VECTOR, 2, _ -> {});
        WeightFiles files = WeightFiles.open(model);
        InferenceModel inference =
            InferenceModel.load(config, files, kernels, InferenceMode.EXACT);
        LatentCache cache = inference.newCache(128)) {
      int[] ids = java.util.Arrays.copyOf(TEXT, 128);
      return inference
          .forward(List.of(new InferenceModel.Chunk(cache, ids, 0, false)))
          .logits()
          .getFirst()
          .toFloats();
    }
  }

  private static double distance(float[] a, float[] b) {
    double squares = 0;
    for (int i = 0; i < a.length; i++) {
      squares += Math.pow((double) a[i] - b[i], 2);
    }
    return squares;
  }

  @Test
  void theModelIsCloserThanWithNearestIntegers() {
    float[] expected = logits(source);
    double nearest = distance(logits(rewrite("nearest", new int[0], Long.MAX_VALUE)), expected);
    double gptq = distance(logits(rewrite("gptq", TEXT, Long.MAX_VALUE)), expected);
    // Some rows choose other experts, which nothing that rounds can help.
    assertThat(gptq).isLessThan(0.9 * nearest);
  }

  @Test
  void interruptedWorkEndsAsIfItHadNotBeen() {
    Path undisturbed = rewrite("undisturbed", TEXT, Long.MAX_VALUE);
    long half = halfOf(undisturbed);
    assertThatThrownBy(() -> rewrite("target", TEXT, half)).hasMessage("stopped");
    int[] other = TEXT.clone();
    other[0]++;
    assertThatThrownBy(() -> rewrite("target", other, Long.MAX_VALUE))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("found that of another");
    try (WeightFiles a = WeightFiles.open(rewrite("target", TEXT, Long.MAX_VALUE));
        WeightFiles b = WeightFiles.open(undisturbed)) {
      assertThat(a.names()).containsExactlyInAnyOrderElementsOf(b.names());
      for (String name : b.names()) {
        assertThat(a.tensor(name).data().mismatch(b.tensor(name).data())).as(name).isEqualTo(-1);
      }
    }
  }

  private static long halfOf(Path model) {
    try (WeightFiles files = WeightFiles.open(model)) {
      return files.names().stream().mapToLong(n -> files.tensor(n).data().byteSize()).sum() / 2;
    }
  }

  @Test
  void aTokenOfAnotherModelIsNamed() {
    assertThatThrownBy(() -> rewrite("target", new int[] {3, 96}, Long.MAX_VALUE))
        .isInstanceOf(ModelException.class)
        .hasMessage("calibration: expected tokens from 0 to 95 (vocab_size), found 96");
  }
}
