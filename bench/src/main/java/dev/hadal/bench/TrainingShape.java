package dev.hadal.bench;

import dev.hadal.kernels.Gate;
import dev.hadal.model.ModelConfig;
import dev.hadal.model.ModelConfig.TopkMethod;
import dev.hadal.model.ParameterCounts;
import java.util.List;

/**
 * A model and a batch for measuring training.
 *
 * @param name for results
 * @param config the model, without an MTP layer
 * @param sequences sequences of a step
 * @param length tokens of a sequence
 */
record TrainingShape(String name, ModelConfig config, int sequences, int length) {
  /** 38.8 million parameters, 10.4 million active; 16 sequences of 512. */
  static final TrainingShape SMALL =
      new TrainingShape(
          "small", config(8192, 320, 1024, 192, 6, 6, 32, 192, 128, 48, 16, 48), 16, 512);

  /** 250.6 million parameters, 64.6 million active; 8 sequences of 512. */
  static final TrainingShape MEDIUM =
      new TrainingShape(
          "medium", config(16384, 768, 2304, 384, 8, 12, 32, 384, 256, 64, 32, 64), 8, 512);

  /** DeepSeek-V3 with a sigmoid gate of four groups, one shared expert, four experts a token. */
  static ModelConfig config(
      int vocabulary,
      int hidden,
      int intermediate,
      int moeIntermediate,
      int layers,
      int heads,
      int experts,
      int qLora,
      int kvLora,
      int nope,
      int rope,
      int value) {
    return new ModelConfig(
        List.of("DeepseekV3ForCausalLM"),
        "deepseek_v3",
        vocabulary,
        hidden,
        intermediate,
        moeIntermediate,
        layers,
        heads,
        1,
        experts,
        4,
        1,
        4,
        2,
        Gate.Scoring.SIGMOID,
        TopkMethod.NOAUX_TC,
        true,
        2.5,
        qLora,
        kvLora,
        nope,
        rope,
        value,
        512,
        10_000,
        null,
        1e-6,
        0,
        0,
        List.of(1),
        "bfloat16");
  }

  /** Tokens of a step. */
  int tokens() {
    return sequences * length;
  }

  /** Parameters that a token is multiplied with: without the embedding table, with the head. */
  long activeParameters() {
    ParameterCounts counts = config.parameterCounts();
    return counts.active() - counts.embedding();
  }

  /** Arithmetic of a step by the usual estimate, 6 for each active parameter and token. */
  double flops() {
    return 6.0 * activeParameters() * tokens();
  }

  String label() {
    return "%s, %dx%d tokens".formatted(name, sequences, length);
  }
}
