package dev.hadal.train;

import org.jspecify.annotations.Nullable;

/**
 * One step of a run, as it stands in {@code metrics.jsonl} (keys in snake case).
 *
 * @param step number of the step, from 1
 * @param tokens main targets trained on so far, this step included
 * @param totalTokens the run's horizon, 0 while it is open
 * @param totalSeconds of training, of a run whose horizon is open; 0 of others
 * @param learningRate of this step
 * @param loss mean main loss in nats per token
 * @param mtpLoss mean MTP loss in nats per token, 0 without an MTP layer
 * @param balanceLoss balance loss per token
 * @param gradientNorm global norm before clipping
 * @param maxVio (largest load - mean load) / mean load, mean over the layers that route
 * @param mtpAcceptance share of MTP targets that had the largest logit, 0 without an MTP layer
 * @param skipped whether the step did not happen because a gradient was not finite or too large
 * @param seconds of training so far; evaluation and checkpoints not counted
 * @param tokensPerSecond over this step
 * @param peakShare 6 x active parameters x tokens per second over the machine's measured FP32 peak
 * @param loads tokens that each expert received: [layer that routes][expert]; null in most steps
 * @param heldOut score on held-out files after this step, or null
 * @param sample text that the model wrote after this step, or null
 */
public record StepRecord(
    long step,
    long tokens,
    long totalTokens,
    double totalSeconds,
    double learningRate,
    double loss,
    double mtpLoss,
    double balanceLoss,
    double gradientNorm,
    double maxVio,
    double mtpAcceptance,
    boolean skipped,
    double seconds,
    double tokensPerSecond,
    double peakShare,
    long @Nullable [][] loads,
    @Nullable HeldOutScore heldOut,
    @Nullable Sample sample) {

  /** The same with what followed the step. */
  StepRecord with(
      long @Nullable [][] newLoads, @Nullable HeldOutScore newHeldOut, @Nullable Sample newSample) {
    return new StepRecord(
        step,
        tokens,
        totalTokens,
        totalSeconds,
        learningRate,
        loss,
        mtpLoss,
        balanceLoss,
        gradientNorm,
        maxVio,
        mtpAcceptance,
        skipped,
        seconds,
        tokensPerSecond,
        peakShare,
        newLoads,
        newHeldOut,
        newSample);
  }

  /** A prompt and what the model wrote after it. */
  public record Sample(String prompt, String text) {}
}
