package dev.hadal.generate;

import dev.hadal.format.Json;
import dev.hadal.format.WeightFiles;
import dev.hadal.model.InferenceMode;
import dev.hadal.model.ModelConfig;
import dev.hadal.model.Parameters;
import dev.hadal.model.WeightForm;
import dev.hadal.model.WeightRewriter;
import dev.hadal.tensor.DType;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Random;

/**
 * A small model of a random shape in a random form of storage.
 *
 * @param weights the folder
 * @param form how its linears are stored
 * @param mode the arithmetic, a random one
 */
record RandomModel(ModelConfig config, Path weights, WeightForm form, InferenceMode mode) {
  private static final int GROUP = 32;

  /** Writes one. */
  static RandomModel write(Random random, Path folder) {
    ModelConfig config = config(random);
    Path plain = folder.resolve("bf16");
    try (Parameters parameters = Parameters.allocate(config, DType.F32)) {
      parameters.initialize(random.nextLong(), 0.1 + 0.5 * random.nextDouble());
      parameters.export(plain, Parameters.ExportType.BF16);
    }
    WeightForm form = pick(random, WeightForm.values());
    InferenceMode mode = pick(random, InferenceMode.values());
    if (form == WeightForm.BF16) {
      return new RandomModel(config, plain, form, mode);
    }
    Path rewritten = folder.resolve("rewritten");
    try (WeightFiles files = WeightFiles.open(plain)) {
      WeightRewriter.Options options =
          new WeightRewriter.Options(form, GROUP, random.nextBoolean(), 1 << 30);
      WeightRewriter.of(config, files, options, new WeightRewriter.Nearest())
          .write(rewritten, config.toJson(), _ -> {}, _ -> {});
    }
    return new RandomModel(config, rewritten, form, mode);
  }

  @SafeVarargs
  private static <T> T pick(Random random, T... values) {
    return values[random.nextInt(values.length)];
  }

  /** Widths are odd ones, or multiples of what groups and blocks of quantised weights want. */
  private static ModelConfig config(Random random) {
    boolean round = random.nextInt(3) > 0;
    int heads = 1 + random.nextInt(4);
    int groups = 1 << random.nextInt(3);
    int perGroup = 2 + random.nextInt(4);
    int kept = 1 + random.nextInt(groups);
    int chosen = 1 + random.nextInt(Math.min(4, kept * perGroup));
    int layers = 1 + random.nextInt(2);
    boolean sigmoid = random.nextInt(4) > 0;
    String json =
        String.format(
            Locale.ROOT,
            """
            {"architectures": ["DeepseekV3ForCausalLM"], "model_type": "deepseek_v3",
             "vocab_size": %d, "hidden_size": %d, "intermediate_size": %d,
             "moe_intermediate_size": %d, "num_hidden_layers": %d, "num_attention_heads": %d,
             "n_shared_experts": %d, "n_routed_experts": %d, "num_experts_per_tok": %d,
             "first_k_dense_replace": %d, "n_group": %d, "topk_group": %d,
             "scoring_func": "%s", "topk_method": "%s", "norm_topk_prob": %s,
             "routed_scaling_factor": %s, "q_lora_rank": %s, "kv_lora_rank": %d,
             "qk_nope_head_dim": %d, "qk_rope_head_dim": %d, "v_head_dim": %d,
             "rms_norm_eps": 1e-6, "max_position_embeddings": 400, "rope_theta": 10000,
             "num_nextn_predict_layers": %d, "bos_token_id": 0, "eos_token_id": 1}""",
            3 + random.nextInt(random.nextBoolean() ? 4 : 90),
            width(random, round, 64),
            width(random, round, 64),
            width(random, round, 32),
            layers,
            heads,
            random.nextInt(3),
            groups * perGroup,
            chosen,
            random.nextInt(layers + 1),
            groups,
            kept,
            sigmoid ? "sigmoid" : "softmax",
            sigmoid ? "noaux_tc" : "group_limited_greedy",
            random.nextBoolean(),
            1 + 0.5 * random.nextInt(3),
            random.nextBoolean() ? "null" : String.valueOf(width(random, round, 32)),
            width(random, round, 32),
            1 + random.nextInt(round ? 32 : 20),
            2 * (1 + random.nextInt(9)),
            1 + random.nextInt(round ? 32 : 20),
            random.nextInt(4) == 0 ? 0 : 1);
    return ModelConfig.fromJson(Json.parseObject("config.json", json), "config.json");
  }

  private static int width(Random random, boolean round, int most) {
    // Rarely longer than a block of FP8 weights.
    int factor = random.nextInt(16) == 0 ? 5 : 1;
    return round
        ? 32 * factor * (1 + random.nextInt(most / 32))
        : 5 + random.nextInt(factor * most - 5);
  }
}
