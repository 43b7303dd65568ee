package dev.hadal.model;

import dev.hadal.format.Json;

/** Configurations of published models, as far as the model code reads them. */
final class Configs {
  static final String YARN_40 =
      """
      {"type": "yarn", "factor": 40, "original_max_position_embeddings": 4096, "beta_fast": 32,
       "beta_slow": 1, "mscale": %1$s, "mscale_all_dim": %1$s}""";

  static final String V3 =
      """
      {"architectures": ["DeepseekV3ForCausalLM"], "model_type": "deepseek_v3",
       "vocab_size": 129280, "hidden_size": 7168, "intermediate_size": 18432,
       "moe_intermediate_size": 2048, "num_hidden_layers": 61, "num_attention_heads": 128,
       "num_key_value_heads": 128, "n_shared_experts": 1, "n_routed_experts": 256,
       "num_experts_per_tok": 8, "first_k_dense_replace": 3, "n_group": 8, "topk_group": 4,
       "scoring_func": "sigmoid", "topk_method": "noaux_tc", "norm_topk_prob": true,
       "routed_scaling_factor": 2.5, "q_lora_rank": 1536, "kv_lora_rank": 512,
       "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128, "rms_norm_eps": 1e-6,
       "max_position_embeddings": 163840, "rope_theta": 10000, "rope_scaling": %s,
       "num_nextn_predict_layers": 1, "bos_token_id": 0, "eos_token_id": 1, "ep_size": 1,
       "hidden_act": "silu", "torch_dtype": "bfloat16"}"""
          .formatted(YARN_40.formatted("1.0"));

  static final String V2_LITE =
      """
      {"architectures": ["DeepseekV2ForCausalLM"], "model_type": "deepseek_v2",
       "vocab_size": 102400, "hidden_size": 2048, "intermediate_size": 10944,
       "moe_intermediate_size": 1408, "num_hidden_layers": 27, "num_attention_heads": 16,
       "n_shared_experts": 2, "n_routed_experts": 64, "num_experts_per_tok": 6,
       "first_k_dense_replace": 1, "n_group": 1, "topk_group": 1, "scoring_func": "softmax",
       "topk_method": "greedy", "norm_topk_prob": false, "routed_scaling_factor": 1.0,
       "q_lora_rank": null, "kv_lora_rank": 512, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64,
       "v_head_dim": 128, "max_position_embeddings": 163840, "rope_theta": 10000,
       "rope_scaling": %s, "rms_norm_eps": 1e-6, "bos_token_id": 100000, "eos_token_id": 100001}"""
          .formatted(YARN_40.formatted("0.707"));

  static final String MOONLIGHT =
      """
      {"architectures": ["DeepseekV3ForCausalLM"], "model_type": "deepseek_v3",
       "vocab_size": 163840, "hidden_size": 2048, "intermediate_size": 11264,
       "moe_intermediate_size": 1408, "num_hidden_layers": 27, "num_attention_heads": 16,
       "n_shared_experts": 2, "n_routed_experts": 64, "num_experts_per_tok": 6,
       "first_k_dense_replace": 1, "n_group": 1, "topk_group": 1, "scoring_func": "sigmoid",
       "topk_method": "noaux_tc", "norm_topk_prob": true, "routed_scaling_factor": 2.446,
       "q_lora_rank": null, "kv_lora_rank": 512, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64,
       "v_head_dim": 128, "max_position_embeddings": 8192, "rope_theta": 50000.0,
       "rms_norm_eps": 1e-5, "num_nextn_predict_layers": 0, "bos_token_id": 163584,
       "eos_token_id": [163585, 163586]}""";

  static final String KIMI_K2 =
      V3.replace("deepseek_v3", "kimi_k2")
          .replace("129280", "163840")
          .replace("\"num_attention_heads\": 128", "\"num_attention_heads\": 64")
          .replace("\"num_key_value_heads\": 128", "\"num_key_value_heads\": 64")
          .replace("\"n_routed_experts\": 256", "\"n_routed_experts\": 384")
          .replace("\"first_k_dense_replace\": 3", "\"first_k_dense_replace\": 1")
          .replace("\"n_group\": 8, \"topk_group\": 4", "\"n_group\": 1, \"topk_group\": 1")
          .replace("\"num_nextn_predict_layers\": 1", "\"num_nextn_predict_layers\": 0");

  /** A small model with query compression, groups, YaRN, a shared expert and an MTP layer. */
  static final String SMALL =
      """
      {"architectures": ["DeepseekV3ForCausalLM"], "model_type": "deepseek_v3", "vocab_size": 23,
       "hidden_size": 12, "intermediate_size": 14, "moe_intermediate_size": 6,
       "num_hidden_layers": 2, "num_attention_heads": 2, "n_shared_experts": 1,
       "n_routed_experts": 6, "num_experts_per_tok": 2, "first_k_dense_replace": 1, "n_group": 3,
       "topk_group": 2, "scoring_func": "sigmoid", "topk_method": "noaux_tc",
       "norm_topk_prob": true, "routed_scaling_factor": 1.7, "q_lora_rank": 7, "kv_lora_rank": 5,
       "qk_nope_head_dim": 5, "qk_rope_head_dim": 4, "v_head_dim": 3, "rms_norm_eps": 1e-6,
       "max_position_embeddings": 64, "rope_theta": 10000, "num_nextn_predict_layers": 1,
       "rope_scaling": {"type": "yarn", "factor": 4, "original_max_position_embeddings": 16,
         "beta_fast": 32, "beta_slow": 1, "mscale": 1.0, "mscale_all_dim": 1.0},
       "bos_token_id": 0, "eos_token_id": 1}""";

  /** The same in V2-Lite's manner: no query compression, softmax gate, greedy, two shared. */
  static final String SMALL_V2 =
      SMALL
          .replace("deepseek_v3", "deepseek_v2")
          .replace("\"q_lora_rank\": 7", "\"q_lora_rank\": null")
          .replace("\"n_group\": 3", "\"n_group\": 1")
          .replace("\"topk_group\": 2", "\"topk_group\": 1")
          .replace("sigmoid", "softmax")
          .replace("noaux_tc", "greedy")
          .replace("\"norm_topk_prob\": true", "\"norm_topk_prob\": false")
          .replace("\"n_shared_experts\": 1", "\"n_shared_experts\": 2");

  private Configs() {}

  static ModelConfig parse(String json) {
    return ModelConfig.fromJson(Json.parseObject("config.json", json), "config.json");
  }
}
