package dev.hadal.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.kernels.Gate;
import dev.hadal.kernels.KernelChoice;
import dev.hadal.kernels.KernelTier;
import dev.hadal.kernels.Kernels;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.lang.reflect.Proxy;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What is planned before a run is what the run takes: exactly with the routing that needs most, no
 * less with any other.
 */
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
  private static ModelConfig small() {
    return model(
        3,
        1,
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
                    Arguments.of(precision, MiniModel.config(), 5, 130),
                    Arguments.of(precision, MiniModel.config(), 1, 1),
                    Arguments.of(precision, Configs.parse(Configs.SMALL), 3, 11),
                    Arguments.of(precision, Configs.parse(Configs.SMALL_V2), 3, 11),
                    precision == Precision.FP8
                        ? Arguments.of(precision, medium(), 1, 32)
                        : Arguments.of(precision, small(), 2, 70)));
  }

  /**
   * Spreads rows over experts in the way that needs most memory: each has one row, which needs
   * whole tiles and words, then whole tiles, whole words, and what is left.
   */
  private static int[] worstLoads(int experts, int tokens, int chosen) {
    int[] loads = new int[experts];
    int left = tokens * chosen;
    for (int e = 0; e < experts && left > 0; e++, left--) {
      loads[e] = 1;
    }
    for (int step : new int[] {128, 4, 1}) {
      for (int e = 0; e < experts; e++) {
        while (left >= step && loads[e] + step <= tokens) {
          loads[e] += step;
          left -= step;
        }
      }
    }
    return loads;
  }

  /** Routes by these loads, whatever the scores. */
  private record WorstGate(Gate gate) implements Gate {
    @Override
    public void route(
        Rule rule, Tensor logits, Tensor bias, Tensor scores, Tensor index, Tensor weight) {
      gate.route(rule, logits, bias, scores, index, weight);
      int tokens = index.rows();
      int[] loads = worstLoads(rule.experts(), tokens, rule.chosen());
      int row = 0;
      for (int e = 0; e < loads.length; e++) {
        for (int i = 0; i < loads[e]; i++, row++) {
          index.setInt((long) (row % tokens) * rule.chosen() + row / tokens, e);
        }
      }
    }

    @Override
    public void backward(
        Rule rule,
        Tensor scores,
        Tensor index,
        Tensor weight,
        Tensor dweight,
        Tensor dscores,
        Tensor dlogits) {
      gate.backward(rule, scores, index, weight, dweight, dscores, dlogits);
    }

    @Override
    public double balance(Rule rule, double alpha, Tensor scores, int[] offsets, Tensor dscores) {
      return gate.balance(rule, alpha, scores, offsets, dscores);
    }
  }

  private static Kernels withWorstRouting(Kernels kernels) {
    Gate gate = new WorstGate(kernels.gate());
    return (Kernels)
        Proxy.newProxyInstance(
            Kernels.class.getClassLoader(),
            new Class<?>[] {Kernels.class},
            (_, method, arguments) ->
                method.getName().equals("gate") ? gate : method.invoke(kernels, arguments));
  }

  private static int[] tokens(ModelConfig config, int count, int length) {
    return IntStream.range(0, count * (length + 1))
        .map(i -> Math.floorMod(i * i * 37 + 11 * i, config.vocabSize()))
        .toArray();
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void theRunTakesWhatWasPlanned(Precision precision, ModelConfig config, int count, int length) {
    assertTakesThePlan(TrainingOptions.of(config, precision, BUDGET), config, count, length);
  }

  @ParameterizedTest
  @EnumSource(names = {"BF16", "FP8"})
  void soItIsIfQueriesAreKept(Precision precision) {
    ModelConfig config = small();
    TrainingOptions keeping = TrainingOptions.of(config, precision, BUDGET).withRecompute(false);
    assertTakesThePlan(keeping, config, 2, 70);
    MemoryPlan kept = TrainingModel.memoryPlan(config, keeping, 2, 70);
    MemoryPlan again = TrainingModel.memoryPlan(config, keeping.withRecompute(true), 2, 70);
    assertThat(again.activations()).isLessThan(kept.activations() * 4 / 5);
  }

  private static void assertTakesThePlan(
      TrainingOptions options, ModelConfig config, int count, int length) {
    MemoryPlan plan = TrainingModel.memoryPlan(config, options, count, length);
    MicroBatch batch = new MicroBatch(count, length, tokens(config, count, length));
    try (Kernels kernels = KernelChoice.open(KernelTier.AUTO, 2, _ -> {});
        Parameters parameters = Parameters.allocate(config, DType.F32)) {
      parameters.initialize(1, 0.02);
      assertThat(parameters.trainable().stream().mapToLong(p -> p.tensor().bytes()).sum())
          .isEqualTo(plan.parameters() - gateBiases(config));
      assertThat(used(config, parameters, kernels, options, batch))
          .as("routing as it comes")
          .satisfies(used -> assertThat(used.packed()).isLessThanOrEqualTo(plan.packed()))
          .satisfies(used -> assertThat(used.activations()).isEqualTo(plan.activations()))
          .satisfies(used -> assertThat(used.scratch()).isLessThanOrEqualTo(plan.scratch()));
      // The reference packs nothing, and narrower vectors pack narrower panels.
      if (kernels.tier().equals("generated")) {
        MemoryPlan worst = used(config, parameters, withWorstRouting(kernels), options, batch);
        assertThat(worst.packed()).isEqualTo(plan.packed());
        assertThat(worst.activations()).isEqualTo(plan.activations());
        // Where a row is not whole cache lines, padding is counted as if every expert had most.
        boolean lines = config.hiddenSize() % 64 == 0 && config.moeIntermediateSize() % 64 == 0;
        long padding = lines ? 0 : 64L * 8 * config.nRoutedExperts();
        assertThat(worst.scratch()).isBetween(plan.scratch() - padding, plan.scratch());
      }
    }
  }

  private static long gateBiases(ModelConfig config) {
    return config.hasGateBias()
        ? (long) Float.BYTES * config.moeLayers().length * config.nRoutedExperts()
        : 0;
  }

  /** The most that each workspace held; the reserved bytes are the plan's. */
  private static MemoryPlan used(
      ModelConfig config,
      Parameters parameters,
      Kernels kernels,
      TrainingOptions options,
      MicroBatch batch) {
    MemoryPlan plan = TrainingModel.memoryPlan(config, options, batch.sequences(), batch.length());
    try (TrainingModel model = new TrainingModel(config, parameters, kernels, options)) {
      model.reserve(batch.sequences(), batch.length());
      model.prepareStep();
      model.forwardBackward(batch, (_, _) -> {});
      model.evaluate(batch);
      assertThat(model.workspaceReservedBytes()).isEqualTo(plan.workspace());
      return model.workspacePeak();
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
