package dev.hadal.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.kernels.KernelChoice;
import dev.hadal.kernels.KernelTier;
import dev.hadal.kernels.Kernels;
import dev.hadal.tensor.DType;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is planned before a run is at least what the run takes, and not much more. */
class MemoryPlanTest {
  private static final long BUDGET = 2L << 30;

  private static ModelConfig model(int layers, int mtp, String dimensions) {
    return Configs.parse(
        """
        {"architectures": ["DeepseekV3ForCausalLM"], "model_type": "deepseek_v3",
         "num_hidden_layers": %d, "num_nextn_predict_layers": %d, %s,
         "n_shared_experts": 1, "n_routed_experts": 32, "num_experts_per_tok": 4, "n_group": 4,
         "topk_group": 2, "first_k_dense_replace": 1, "routed_scaling_factor": 2.5,
         "max_position_embeddings": 512}"""
            .formatted(layers, mtp, dimensions));
  }

  /** About 20 million parameters in six layers, of which three are enough here. */
  private static ModelConfig small(int mtp) {
    return model(
        3,
        mtp,
        """
        "vocab_size": 8192, "hidden_size": 320, "intermediate_size": 1024,
        "moe_intermediate_size": 192, "num_attention_heads": 6, "q_lora_rank": 192,
        "kv_lora_rank": 128, "qk_nope_head_dim": 48, "qk_rope_head_dim": 16, "v_head_dim": 48""");
  }

  /** Two layers of a model of 250 million parameters. */
  private static ModelConfig medium() {
    return model(
        2,
        0,
        """
        "vocab_size": 2048, "hidden_size": 768, "intermediate_size": 2304,
        "moe_intermediate_size": 384, "num_attention_heads": 12, "q_lora_rank": 384,
        "kv_lora_rank": 256, "qk_nope_head_dim": 64, "qk_rope_head_dim": 32, "v_head_dim": 64""");
  }

  static Stream<Arguments> shapes() {
    return Stream.of(Precision.values())
        .flatMap(
            precision ->
                Stream.of(
                    Arguments.of(precision, MiniModel.config(), 2, 48),
                    Arguments.of(precision, MiniModel.config(), 5, 130),
                    Arguments.of(precision, Configs.parse(Configs.SMALL_V2), 3, 11),
                    Arguments.of(precision, small(1), 2, 64),
                    Arguments.of(precision, medium(), 1, 32)));
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void theRunTakesWhatWasPlanned(Precision precision, ModelConfig config, int count, int length) {
    TrainingOptions options = TrainingOptions.of(config, precision, BUDGET);
    MemoryPlan plan = TrainingModel.memoryPlan(config, options, count, length);
    int[] tokens =
        IntStream.range(0, count * (length + 1))
            .map(i -> Math.floorMod(i * i * 37 + 11 * i, config.vocabSize()))
            .toArray();
    try (Kernels kernels = KernelChoice.open(KernelTier.AUTO, 2, _ -> {});
        Parameters parameters = Parameters.allocate(config, DType.F32)) {
      parameters.initialize(1, 0.02);
      assertThat(parameters.trainable().stream().mapToLong(p -> p.tensor().bytes()).sum())
          .isLessThanOrEqualTo(plan.parameters());
      try (TrainingModel model = new TrainingModel(config, parameters, kernels, options)) {
        model.prepareStep();
        model.forwardBackward(new MicroBatch(count, length, tokens), (_, _) -> {});
        assertThat(model.workspacePeakBytes()).isLessThanOrEqualTo(plan.workspace());
        assertThat(model.workspaceReservedBytes()).isEqualTo(plan.workspace());
        // The reference packs nothing: the plan is for the others.
        if (!kernels.tier().equals("reference")) {
          assertThat(plan.workspace()).isLessThan(model.workspacePeakBytes() * 3 / 2);
        }
      }
    }
  }

  @Test
  void aBudgetBelowThePlanIsRefusedBeforeTheStep() {
    ModelConfig config = MiniModel.config();
    TrainingOptions enough = TrainingOptions.of(config, Precision.FP32, BUDGET);
    long activations = TrainingModel.memoryPlan(config, enough, 8, 128).activations();
    TrainingOptions less = TrainingOptions.of(config, Precision.FP32, activations - 1);
    try (Kernels kernels = KernelChoice.open(KernelTier.AUTO, 1, _ -> {});
        Parameters parameters = Parameters.allocate(config, DType.F32);
        TrainingModel model = new TrainingModel(config, parameters, kernels, less)) {
      model.prepareStep();
      MicroBatch batch = new MicroBatch(8, 128, new int[8 * 129]);
      assertThatThrownBy(() -> model.forwardBackward(batch, (_, _) -> {}))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("workspace activations: needs 1 bytes more than its budget");
    }
  }
}
