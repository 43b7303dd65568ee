package dev.hadal.train;

import dev.hadal.format.JsonObject;
import dev.hadal.model.Precision;
import java.util.Locale;

/**
 * How a step computes (DeepSeek-V3 report §4.2 for the numbers of its own run). Points of a run are
 * shares of its tokens.
 *
 * @param precision arithmetic of the model
 * @param tokens the run's horizon: main targets in all; 0 while it is open
 * @param minutes of training, from which the horizon is found while the run trains; 0 once it is
 *     known: a run has either minutes or tokens
 * @param microBatch sequences that go through the model together: the unit of arithmetic
 * @param batchStart sequences of a step at the start, a multiple of microBatch
 * @param batchEnd sequences of a step after the ramp, likewise
 * @param rampTokens tokens over which the batch grows
 * @param mtpWeight lambda, the weight of the MTP loss
 * @param mtpWeightLate lambda from mtpSwitch on
 * @param mtpSwitch point of the run
 * @param balanceAlpha factor of the sequence-wise balance loss
 * @param biasSpeed what a step adds to or takes from a gate bias
 * @param biasStop point of the run from which biases stay
 * @param combineGroups groups of experts whose results are added first; 0: the routing groups
 * @param initStd standard deviation of new weights
 * @param recompute whether backward computes queries, keys and values again instead of keeping
 *     them: less memory, a few per cent more time, the same bits
 * @param workspaceMegabytes most memory for packed weights, activations and scratch each; 0: what
 *     the memory plan says
 */
public record TrainingSection(
    Precision precision,
    long tokens,
    double minutes,
    int microBatch,
    int batchStart,
    int batchEnd,
    long rampTokens,
    double mtpWeight,
    double mtpWeightLate,
    double mtpSwitch,
    double balanceAlpha,
    double biasSpeed,
    double biasStop,
    int combineGroups,
    double initStd,
    boolean recompute,
    long workspaceMegabytes) {
  /** The longest run that has a length in time. */
  static final double MOST_MINUTES = 100_000;

  /** Checks the ranges. */
  public TrainingSection {
    Rules.number("training.minutes", minutes, 0, MOST_MINUTES);
    minutes = Math.abs(minutes); // zero has one sign
    if (minutes > 0 && tokens != 0) {
      throw Rules.invalid("training.minutes", "either minutes or tokens, not both", minutes);
    }
    Rules.integer("training.tokens", tokens, minutes > 0 ? 0 : 1, 1L << 60);
    Rules.integer("training.micro_batch", microBatch, 1, 1 << 20);
    Rules.integer("training.batch_start", batchStart, microBatch, 1 << 24);
    Rules.integer("training.batch_end", batchEnd, batchStart, 1 << 24);
    requireMultiple("training.batch_start", batchStart, microBatch);
    requireMultiple("training.batch_end", batchEnd, microBatch);
    Rules.integer("training.ramp_tokens", rampTokens, batchEnd > batchStart ? 1 : 0, 1L << 60);
    Rules.number("training.mtp_weight", mtpWeight, 0, 100);
    Rules.number("training.mtp_weight_late", mtpWeightLate, 0, 100);
    Rules.number("training.mtp_switch", mtpSwitch, 0, 1);
    Rules.number("training.balance_alpha", balanceAlpha, 0, 100);
    Rules.number("training.bias_speed", biasSpeed, 0, 1);
    Rules.number("training.bias_stop", biasStop, 0, 1);
    Rules.integer("training.combine_groups", combineGroups, 0, 65536);
    Rules.positive("training.init_std", initStd);
    Rules.integer("training.workspace_mb", workspaceMegabytes, 0, 1 << 30);
  }

  private static void requireMultiple(String field, int value, int microBatch) {
    if (value % microBatch != 0) {
      throw Rules.invalid(
          field, "a multiple of training.micro_batch (%d)".formatted(microBatch), value);
    }
  }

  static TrainingSection read(ConfigSection section) {
    int microBatch = section.getInt("micro_batch", 16);
    int batchStart = section.getInt("batch_start", microBatch);
    TrainingSection training =
        new TrainingSection(
            section.getEnum("precision", Precision.class, Precision.FP8),
            section.getLong("tokens", 0),
            section.getDouble("minutes", 0),
            microBatch,
            batchStart,
            section.getInt("batch_end", batchStart),
            section.getLong("ramp_tokens", 0),
            section.getDouble("mtp_weight", 0.3),
            section.getDouble("mtp_weight_late", 0.1),
            section.getDouble("mtp_switch", 0.676),
            section.getDouble("balance_alpha", 0.0001),
            section.getDouble("bias_speed", 0.001),
            section.getDouble("bias_stop", 0.966),
            section.getInt("combine_groups", 0),
            section.getDouble("init_std", 0.006),
            section.getBoolean("recompute", true),
            section.getLong("workspace_mb", 0));
    section.requireNoOthers();
    return training;
  }

  /** Whether the horizon is known; if not, the run has a length in time. */
  boolean hasHorizon() {
    return minutes == 0;
  }

  /** The same with a horizon instead of a length in time. */
  TrainingSection withTokens(long horizon) {
    return new TrainingSection(
        precision,
        horizon,
        0,
        microBatch,
        batchStart,
        batchEnd,
        rampTokens,
        mtpWeight,
        mtpWeightLate,
        mtpSwitch,
        balanceAlpha,
        biasSpeed,
        biasStop,
        combineGroups,
        initStd,
        recompute,
        workspaceMegabytes);
  }

  /** Every key with its value; of {@code tokens} and {@code minutes} the one that is set. */
  JsonObject toJson() {
    JsonObject.Builder json =
        JsonObject.builder().put("precision", precision.name().toLowerCase(Locale.ROOT));
    if (hasHorizon()) {
      json.put("tokens", tokens);
    } else {
      json.put("minutes", minutes);
    }
    return json.put("micro_batch", microBatch)
        .put("batch_start", batchStart)
        .put("batch_end", batchEnd)
        .put("ramp_tokens", rampTokens)
        .put("mtp_weight", mtpWeight)
        .put("mtp_weight_late", mtpWeightLate)
        .put("mtp_switch", mtpSwitch)
        .put("balance_alpha", balanceAlpha)
        .put("bias_speed", biasSpeed)
        .put("bias_stop", biasStop)
        .put("combine_groups", combineGroups)
        .put("init_std", initStd)
        .put("recompute", recompute)
        .put("workspace_mb", workspaceMegabytes)
        .build();
  }
}
