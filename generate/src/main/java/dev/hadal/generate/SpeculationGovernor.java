package dev.hadal.generate;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.OptionalDouble;

/**
 * Decides whether drafts pay. A step with drafts takes longer and gives 1 + acceptance tokens; now
 * and then a step without one is timed for comparison, beside a step with drafts of the same number
 * of sequences. Where the measured gain stays below 1, drafting ends for a while. Since drafts
 * never change a result, this may depend on the clock.
 */
final class SpeculationGovernor {
  /** Steps with drafts between two without. */
  private static final int PROBE_INTERVAL = 16;

  private static final int KEPT_RATIOS = 9;
  private static final int ENOUGH_RATIOS = 5;

  /** Sequences that go without drafts before they are tried again. */
  private static final int PAUSE = 64;

  private final Deque<Double> ratios = new ArrayDeque<>();
  private long drafted;
  private long accepted;
  private int stepsSinceProbe;
  private int sequences;
  private double seconds;
  private int pause;

  /** Whether a new sequence should draft. */
  boolean admit() {
    if (pause > 0) {
      pause--;
      if (pause > 0) {
        return false;
      }
      ratios.clear();
      drafted = 0;
      accepted = 0;
    }
    return true;
  }

  /** Whether drafts are not to be made at present. */
  boolean paused() {
    return pause > 0;
  }

  /** Whether the next step should leave its drafts unchecked, to be timed. */
  boolean probe() {
    return stepsSinceProbe >= PROBE_INTERVAL;
  }

  /** Takes the time of a step in which all sequences had a draft. */
  void speculative(int count, double time, int drafts, int hits) {
    sequences = count;
    seconds = time;
    drafted += drafts;
    accepted += hits;
    stepsSinceProbe++;
  }

  /** Takes the time of a step without drafts. */
  void plain(int count, double time) {
    stepsSinceProbe = 0;
    if (count != sequences || seconds <= 0) {
      return;
    }
    ratios.addLast(time / seconds);
    if (ratios.size() > KEPT_RATIOS) {
      ratios.removeFirst();
    }
    if (ratios.size() >= ENOUGH_RATIOS && gain().orElse(1) < 1) {
      pause = PAUSE;
    }
  }

  /** Tokens per second with drafts over those without. */
  OptionalDouble gain() {
    if (ratios.isEmpty() || drafted == 0) {
      return OptionalDouble.empty();
    }
    double[] sorted = ratios.stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    return OptionalDouble.of(sorted[sorted.length / 2] * (1 + (double) accepted / drafted));
  }
}
