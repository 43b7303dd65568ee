package dev.hadal.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Configurations small enough for the scalar kernels, and data that can be learnt. */
final class TinyRuns {
  static final int VOCABULARY = 262;

  /** Two layers, eight experts, an MTP layer. */
  static final String YAML =
      """
      run: {folder: unused, seed: 7}
      model:
        hidden_size: 16
        intermediate_size: 24
        moe_intermediate_size: 8
        num_hidden_layers: 2
        num_attention_heads: 2
        n_shared_experts: 1
        n_routed_experts: 8
        num_experts_per_tok: 2
        first_k_dense_replace: 1
        n_group: 4
        topk_group: 2
        routed_scaling_factor: 2.5
        q_lora_rank: 8
        kv_lora_rank: 8
        qk_nope_head_dim: 6
        qk_rope_head_dim: 4
        v_head_dim: 6
        num_nextn_predict_layers: 1
      data: {vocab_size: 262, sequence_length: 16}
      training:
        precision: fp8
        tokens: 3840
        micro_batch: 2
        batch_start: 2
        batch_end: 4
        ramp_tokens: 256
        init_std: 0.05
      optimizer: {}
      schedule: {peak: 0.01, warmup_tokens: 128}
      ema: {share: 0.1}
      evaluation: {load_steps: 5}
      checkpoint: {steps: 7}
      """;

  private TinyRuns() {}

  static TrainConfig config(String... overrides) {
    return TrainConfig.parse("tiny.yaml", YAML, List.of(overrides));
  }

  /** The same with its folder. */
  static TrainConfig config(Path folder, String... overrides) {
    List<String> all = new ArrayList<>(List.of(overrides));
    all.add("run.folder=" + folder);
    return TrainConfig.parse("tiny.yaml", YAML, all);
  }

  /**
   * Sequences in which each token decides the next: t' = 5 t + c mod 61, with one c a sequence from
   * a few. All tokens are equally frequent, so that only the one before helps to predict.
   */
  record Source(int length) implements SequenceSource {
    @Override
    public void read(long number, int[] tokens, int from) {
      int token = (int) (number * 17 % 61);
      for (int i = 0; i <= length; i++) {
        tokens[from + i] = 3 + token;
        token = (5 * token + 7) % 61;
      }
    }

    @Override
    public String fingerprint() {
      return "synthetic-" + length;
    }
  }
}
