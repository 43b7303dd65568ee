package dev.hadal.train;

import dev.hadal.kernels.KernelChoice;
import dev.hadal.kernels.KernelTier;
import dev.hadal.kernels.Kernels;
import java.util.List;

/** Whole runs in FP8 with an MTP layer, gate biases that move and a growing batch. */
final class WholeRuns {
  /** Steps of the run, at whose end the schedule ends too. */
  static final int STEPS = 300;

  private static final String YAML =
      """
      run: {folder: unused, seed: 11}
      model:
        hidden_size: 64
        intermediate_size: 96
        moe_intermediate_size: 20
        num_hidden_layers: 2
        num_attention_heads: 2
        n_shared_experts: 1
        n_routed_experts: 8
        num_experts_per_tok: 3
        first_k_dense_replace: 1
        n_group: 4
        topk_group: 2
        routed_scaling_factor: 2.5
        q_lora_rank: 24
        kv_lora_rank: 16
        qk_nope_head_dim: 16
        qk_rope_head_dim: 8
        v_head_dim: 12
        num_nextn_predict_layers: 1
      data: {vocab_size: 262, sequence_length: 48}
      training:
        precision: fp8
        tokens: 82368
        micro_batch: 3
        batch_start: 3
        batch_end: 6
        ramp_tokens: 4000
        init_std: 0.05
      schedule: {peak: 0.01, warmup_tokens: 2000}
      ema: {share: 0.1}
      """;

  private WholeRuns() {}

  /** What a run was, for messages, and SHA-256 of its state after some steps. */
  record Outcome(String kernels, long steps, double loss, String hash) {}

  /** The first steps of the run, up to all of them. */
  static Outcome run(KernelTier tier, int threads, int steps) {
    TrainConfig config = TrainConfig.parse("whole.yaml", YAML, List.of());
    try (Kernels kernels = KernelChoice.open(tier, threads, _ -> {})) {
      TrainingState state = new TrainingState(config);
      state.initialize(config.run().seed(), config.training().initStd());
      TinyRuns.Source source = new TinyRuns.Source(config.data().sequenceLength());
      try (Trainer trainer = new Trainer(config, state, source, kernels, 0)) {
        double loss = 0;
        while (state.step() < steps && !trainer.isDone()) {
          loss = trainer.step().loss();
        }
        return new Outcome(
            "%s, %d threads".formatted(kernels.tier(), threads), state.step(), loss, state.hash());
      }
    }
  }
}
