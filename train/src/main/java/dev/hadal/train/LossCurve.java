package dev.hadal.train;

import dev.hadal.model.Precision;

/**
 * The losses of a run.
 *
 * @param precision of the run
 * @param seed of its first weights
 * @param losses mean main loss of each step, nats a token
 * @param heldOut loss of the last weights on files that are never trained on, nats a token; NaN if
 *     there are none
 * @param stateHash SHA-256 of the state after the last step
 * @param seconds of training
 */
public record LossCurve(
    Precision precision,
    long seed,
    double[] losses,
    double heldOut,
    String stateHash,
    double seconds) {
  /** Weight of the past in smoothed curves (DeepSeek-V3 report, appendix B.1). */
  private static final double PAST = 0.9;

  /** The curve smoothed exponentially, from its first value on: s = 0.9 s + 0.1 loss. */
  public double[] smoothed() {
    double[] smooth = new double[losses.length];
    double value = losses[0];
    for (int step = 0; step < losses.length; step++) {
      value = PAST * value + (1 - PAST) * losses[step];
      smooth[step] = value;
    }
    return smooth;
  }

  /** The smoothed curve's difference from another's, over the other's, step by step. */
  public double[] relativeTo(LossCurve other) {
    double[] own = smoothed();
    double[] base = other.smoothed();
    double[] difference = new double[Math.min(own.length, base.length)];
    for (int step = 0; step < difference.length; step++) {
      difference[step] = (own[step] - base[step]) / base[step];
    }
    return difference;
  }
}
