package dev.hadal.train;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * Finds how many tokens a run can train on in a given time: lets it train for some seconds, and
 * takes the speed of the last third of them, when most of the code has been compiled.
 */
final class SpeedMeasurement implements TrainingLoop.HorizonFinder {
  private static final double LONGEST_MEASURE = 20;
  private static final double SHARE = 0.1;
  private static final int FEWEST_STEPS = 4;

  private final double seconds;
  private final List<StepRecord> steps = new ArrayList<>();

  /** A measurement for a run of so many seconds. */
  SpeedMeasurement(double seconds) {
    this.seconds = seconds;
  }

  @Override
  public OptionalLong find(StepRecord step, boolean lastChance) {
    steps.add(step);
    double measured = Math.min(LONGEST_MEASURE, SHARE * seconds);
    boolean enough = step.seconds() >= measured && steps.size() >= FEWEST_STEPS;
    return enough || lastChance ? OptionalLong.of(horizon(step)) : OptionalLong.empty();
  }

  private long horizon(StepRecord last) {
    StepRecord first = steps.getFirst();
    for (StepRecord step : steps) {
      if (step.seconds() <= last.seconds() * 2 / 3) {
        first = step;
      }
    }
    double speed =
        first.step() == last.step()
            ? last.tokens() / last.seconds()
            : (last.tokens() - first.tokens()) / (last.seconds() - first.seconds());
    return last.tokens() + (long) Math.max(0, speed * (seconds - last.seconds()));
  }
}
