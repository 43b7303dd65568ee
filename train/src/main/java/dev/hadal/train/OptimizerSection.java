package dev.hadal.train;

import dev.hadal.format.JsonObject;
import java.util.Locale;

/**
 * AdamW (Loshchilov and Hutter, arXiv 1711.05101) and the exact sum of gradients.
 *
 * @param beta1 decay of the first moment
 * @param beta2 decay of the second moment; at most 0.995 with BF16 moments
 * @param epsilon added to the root
 * @param weightDecay decoupled, of tensors with two axes
 * @param clip largest global norm of a gradient
 * @param moments how moments are stored (DeepSeek-V3 report §3.3.3: BF16)
 * @param quantumExponent gradients are summed in multiples of two to this power
 */
public record OptimizerSection(
    double beta1,
    double beta2,
    double epsilon,
    double weightDecay,
    double clip,
    Moments moments,
    int quantumExponent) {
  /** The type of stored moments. */
  public enum Moments {
    /** Rounded to nearest even. */
    BF16,
    /** As they are computed. */
    FP32
  }

  /** Above this, a BF16 second moment is closer to its decayed self than half a rounding step. */
  private static final double LARGEST_BFLOAT_BETA2 = 0.995;

  /** Checks the ranges. */
  public OptimizerSection {
    Rules.number("optimizer.beta1", beta1, 0, 0.9999);
    Rules.number("optimizer.beta2", beta2, 0, 0.999999);
    if (moments == Moments.BF16 && beta2 > LARGEST_BFLOAT_BETA2) {
      throw Rules.invalid(
          "optimizer.beta2",
          "at most 0.995 with optimizer.moments bf16, where a slower second moment would stop"
              + " moving (or optimizer.moments fp32)",
          beta2);
    }
    Rules.positive("optimizer.epsilon", epsilon);
    Rules.number("optimizer.weight_decay", weightDecay, 0, 100);
    Rules.positive("optimizer.clip", clip);
    Rules.integer("optimizer.quantum_exponent", quantumExponent, -100, 0);
  }

  static OptimizerSection read(ConfigSection section) {
    OptimizerSection optimizer =
        new OptimizerSection(
            section.getDouble("beta1", 0.9),
            section.getDouble("beta2", 0.95),
            section.getDouble("epsilon", 1e-8),
            section.getDouble("weight_decay", 0.1),
            section.getDouble("clip", 1),
            section.getEnum("moments", Moments.class, Moments.BF16),
            section.getInt("quantum_exponent", -32));
    section.requireNoOthers();
    return optimizer;
  }

  /** The unit of the exact sum. */
  double quantum() {
    return Math.scalb(1.0, quantumExponent);
  }

  JsonObject toJson() {
    return JsonObject.builder()
        .put("beta1", beta1)
        .put("beta2", beta2)
        .put("epsilon", epsilon)
        .put("weight_decay", weightDecay)
        .put("clip", clip)
        .put("moments", moments.name().toLowerCase(Locale.ROOT))
        .put("quantum_exponent", quantumExponent)
        .build();
  }
}
