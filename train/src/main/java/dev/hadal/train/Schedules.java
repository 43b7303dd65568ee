package dev.hadal.train;

/**
 * What changes in the course of a run, as functions of the tokens trained on: never of time or of
 * step numbers, so that a run means the same with any batch and on any machine. The run is open up
 * to the point where its horizon was found, or all along while it is not known: there the learning
 * rate has risen and stays, and everything else is as at the start.
 */
final class Schedules {
  private final TrainingSection training;
  private final ScheduleSection schedule;
  private final double emaShare;
  private final int sequenceLength;

  Schedules(TrainConfig config) {
    this.training = config.training();
    this.schedule = config.schedule();
    this.emaShare = config.emaShare();
    this.sequenceLength = config.data().sequenceLength();
  }

  private double share(long tokens) {
    return (double) tokens / training.tokens();
  }

  /** Sequences of the step that begins after this many tokens: whole micro-batches. */
  int batch(long tokens) {
    if (tokens >= training.rampTokens()) {
      return training.batchEnd();
    }
    double grown = (double) tokens / training.rampTokens();
    int more = (int) (grown * (training.batchEnd() - training.batchStart()));
    return training.batchStart() + more / training.microBatch() * training.microBatch();
  }

  /** Main targets of a step of this many sequences. */
  long targets(int sequences) {
    return (long) sequences * sequenceLength;
  }

  /** The learning rate of the step that ends after this many tokens. */
  double learningRate(long tokens) {
    if (tokens <= schedule.warmupTokens()) {
      return schedule.peak() * tokens / Math.max(1, schedule.warmupTokens());
    }
    if (isOpen(tokens)) {
      return schedule.peak();
    }
    double share = share(tokens);
    if (share <= schedule.constantUntil()) {
      return schedule.peak();
    }
    double end = schedule.endFactor();
    if (share < schedule.cosineUntil()) {
      double turn =
          (share - schedule.constantUntil()) / (schedule.cosineUntil() - schedule.constantUntil());
      double factor = end + (1 - end) * 0.5 * (1 + StrictMath.cos(Math.PI * turn));
      return schedule.peak() * factor;
    }
    return schedule.peak() * (share < schedule.lastFrom() ? end : schedule.lastFactor());
  }

  /** Whether nothing up to here depends on the run's horizon. */
  boolean isOpen(long tokens) {
    return !training.hasHorizon() || tokens <= schedule.openTokens();
  }

  /** The first share of the run at which anything changes that depends on the horizon. */
  double firstChange() {
    return Math.min(schedule.constantUntil(), Math.min(training.mtpSwitch(), training.biasStop()));
  }

  /** Lambda of the step that begins after this many tokens. */
  double mtpWeight(long tokens) {
    boolean late = !isOpen(tokens) && share(tokens) >= training.mtpSwitch();
    return late ? training.mtpWeightLate() : training.mtpWeight();
  }

  /** What the step that begins after this many tokens moves gate biases by. */
  double biasSpeed(long tokens) {
    boolean late = !isOpen(tokens) && share(tokens) >= training.biasStop();
    return late ? 0 : training.biasSpeed();
  }

  /**
   * The decay of the weights' average over a step: e to the minus (its tokens / the time constant).
   * 0 while the run is open, where the average is a copy.
   *
   * @param tokens after the step
   * @param stepTokens of the step
   */
  double emaDecay(long tokens, long stepTokens) {
    if (isOpen(tokens) || emaShare == 0) {
      return 0;
    }
    return StrictMath.exp(-stepTokens / (emaShare * training.tokens()));
  }
}
