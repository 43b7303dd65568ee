package dev.hadal.cli;

import dev.hadal.format.Json;
import dev.hadal.model.ModelConfig;
import dev.hadal.model.Parameters;
import dev.hadal.tensor.DType;
import dev.hadal.text.BpeTrainer;
import dev.hadal.text.SpecialTokens;
import dev.hadal.text.TokenizerJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Files of this module's tests, some of them those of the modules below. */
final class TestFiles {
  /** A complete small model with what it computes, without a tokenizer. */
  static final Path MODEL = Path.of("../model/src/test/resources/golden/mini");

  /** A corpus, a tokenizer, and what another implementation makes of them. */
  static final Path TOKENIZER = Path.of("../text/src/test/resources/golden/tokenizer");

  private TestFiles() {}

  /** Writes a small random model with its tokenizer, as training leaves it in a run's folder. */
  static Path run(Path folder) {
    ModelConfig config =
        ModelConfig.fromJson(
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
                 "rms_norm_eps": 1e-6, "max_position_embeddings": 64, "rope_theta": 10000,
                 "num_nextn_predict_layers": 1, "bos_token_id": 0, "eos_token_id": 1}"""),
            "config.json");
    Path model = folder.resolve("model");
    try (Parameters parameters = Parameters.allocate(config, DType.F32)) {
      parameters.initialize(7, 0.4);
      parameters.export(model, Parameters.ExportType.BF16);
    }
    TokenizerJson.write(
        BpeTrainer.ofSize(280)
            .withSpecialTokens(SpecialTokens.deepSeekV3().all())
            .withThreads(1)
            .train(List.of("the cat sat on the mat, the rat ate the hat")),
        model.resolve("tokenizer.json"));
    return folder;
  }

  static Path write(Path file, String text) {
    try {
      return Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
