package dev.hadal.generate;

import dev.hadal.format.Json;
import dev.hadal.kernels.Arithmetic;
import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.ReferenceKernels;
import dev.hadal.model.InferenceMode;
import dev.hadal.model.InferenceModel;
import dev.hadal.model.ModelConfig;
import dev.hadal.model.Parameters;
import dev.hadal.tensor.DType;
import dev.hadal.text.BpeTrainer;
import dev.hadal.text.SpecialTokens;
import dev.hadal.text.Tokenizer;
import java.nio.file.Path;
import java.util.List;

/** Small random models of this module's tests. */
final class TestModel {
  /** Few enough tokens that the MTP layer of a random model often guesses right. */
  static final int FEW_TOKENS = 5;

  private TestModel() {}

  static Path golden() {
    return Path.of("..", "model", "src", "test", "resources", "golden", "mini");
  }

  static ModelConfig config(int vocabulary) {
    return ModelConfig.fromJson(
        Json.parseObject(
            "config.json",
            """
            {"architectures": ["DeepseekV3ForCausalLM"], "model_type": "deepseek_v3",
             "vocab_size": %d, "hidden_size": 16, "intermediate_size": 20,
             "moe_intermediate_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2,
             "n_shared_experts": 1, "n_routed_experts": 4, "num_experts_per_tok": 2,
             "first_k_dense_replace": 1, "n_group": 2, "topk_group": 1,
             "scoring_func": "sigmoid", "topk_method": "noaux_tc", "norm_topk_prob": true,
             "routed_scaling_factor": 1.5, "q_lora_rank": 8, "kv_lora_rank": 8,
             "qk_nope_head_dim": 4, "qk_rope_head_dim": 4, "v_head_dim": 4,
             "rms_norm_eps": 1e-6, "max_position_embeddings": 400, "rope_theta": 10000,
             "num_nextn_predict_layers": 1, "bos_token_id": 0, "eos_token_id": 1}"""
                .formatted(vocabulary)),
        "config.json");
  }

  static Parameters parameters(ModelConfig config, long seed) {
    Parameters parameters = Parameters.allocate(config, DType.F32);
    parameters.initialize(seed, 0.4);
    return parameters;
  }

  static Kernels kernels() {
    return new ReferenceKernels(Arithmetic.FP32);
  }

  static InferenceModel model(int vocabulary, long seed, Kernels kernels, InferenceMode mode) {
    ModelConfig config = config(vocabulary);
    try (Parameters parameters = parameters(config, seed)) {
      return new InferenceModel(config, parameters, kernels, mode);
    }
  }

  /** DeepSeek's special tokens, the bytes and some learned tokens. */
  static Tokenizer tokenizer() {
    return BpeTrainer.ofSize(280)
        .withSpecialTokens(SpecialTokens.deepSeekV3().all())
        .withThreads(1)
        .train(List.of("the cat sat on the mat, the rat ate the hat"));
  }
}
