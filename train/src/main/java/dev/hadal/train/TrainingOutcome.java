package dev.hadal.train;

import java.util.Optional;

/**
 * How a run ended.
 *
 * @param complete whether the horizon was reached; if not, it was stopped and can be resumed
 * @param steps so far
 * @param tokens so far
 * @param seconds of training so far
 * @param weights which weights were exported
 * @param raw held-out score of the weights themselves
 * @param average held-out score of their average
 * @param stateHash SHA-256 of the whole state
 */
public record TrainingOutcome(
    boolean complete,
    long steps,
    long tokens,
    double seconds,
    Weights weights,
    Optional<HeldOutScore> raw,
    Optional<HeldOutScore> average,
    String stateHash) {
  /** Which weights a folder holds. */
  public enum Weights {
    /** As the last step left them. */
    RAW,
    /** Their exponential moving average. */
    AVERAGE,
    /** None yet. */
    NONE
  }

  /** The score of the exported weights. */
  public Optional<HeldOutScore> score() {
    return weights == Weights.AVERAGE ? average : raw;
  }
}
