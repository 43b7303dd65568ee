package dev.hadal.library;

import dev.hadal.format.Json;
import dev.hadal.kernels.KernelChoice;
import dev.hadal.kernels.KernelTier;
import dev.hadal.kernels.Kernels;
import dev.hadal.model.InferenceMemory;
import dev.hadal.model.InferenceMode;
import dev.hadal.model.ModelConfig;
import dev.hadal.model.Parameters;
import dev.hadal.tensor.DType;
import dev.hadal.text.BpeTrainer;
import dev.hadal.text.SpecialTokens;
import dev.hadal.text.TokenizerConfig;
import dev.hadal.text.TokenizerJson;
import java.nio.file.Path;
import java.util.List;

/** Writes small random models with their tokenizers. */
final class TestModel {
  static final int CONTEXT = 200;

  private TestModel() {}

  /** The limit within which so many of the eight routed experts are in memory, in BF16. */
  static long bytes(int slots) {
    try (Kernels kernels = KernelChoice.open(KernelTier.AUTO, 1, _ -> {})) {
      InferenceMemory need = InferenceMemory.of(config(), InferenceMode.BF16, kernels);
      return need.least(CONTEXT) + (slots - 1) * need.experts().largest();
    }
  }

  private static ModelConfig config() {
    return ModelConfig.fromJson(
        Json.parseObject(
            "config.json",
            """
                {"architectures": ["DeepseekV3ForCausalLM"], "model_type": "deepseek_v3",
                 "vocab_size": 280, "hidden_size": 16, "intermediate_size": 20,
                 "moe_intermediate_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2,
                 "n_shared_experts": 1, "n_routed_experts": 4, "num_experts_per_tok": 2,
                 "first_k_dense_replace": 1, "n_group": 2, "topk_group": 1,
                 "scoring_func": "sigmoid", "topk_method": "noaux_tc", "norm_topk_prob": true,
                 "routed_scaling_factor": 1.5, "q_lora_rank": 8, "kv_lora_rank": 8,
                 "qk_nope_head_dim": 4, "qk_rope_head_dim": 4, "v_head_dim": 4,
                 "rms_norm_eps": 1e-6, "max_position_embeddings": 200, "rope_theta": 10000,
                 "num_nextn_predict_layers": 1, "bos_token_id": 0, "eos_token_id": 1}"""),
        "config.json");
  }

  static Path write(Path folder, long seed) {
    ModelConfig config = config();
    try (Parameters parameters = Parameters.allocate(config, DType.F32)) {
      parameters.initialize(seed, 0.4);
      parameters.export(folder, Parameters.ExportType.BF16);
    }
    SpecialTokens special = SpecialTokens.deepSeekV3();
    TokenizerJson.write(
        BpeTrainer.ofSize(280)
            .withSpecialTokens(special.all())
            .withThreads(1)
            .train(List.of("the cat sat on the mat, the rat ate the hat")),
        folder.resolve("tokenizer.json"));
    TokenizerConfig.of(special, CONTEXT).write(folder.resolve("tokenizer_config.json"));
    return folder;
  }
}
