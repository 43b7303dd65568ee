package dev.hadal.train;

import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Finds how many tokens a run can train on in the minutes it has: as late as can be, when all code
 * is compiled and the machine has shown how busy it is, but well before the first point at which
 * the horizon changes anything. The speed is that of the last third of what was seen.
 *
 * <p>A tenth of the time, at most twenty seconds, is measured in any case: schedules that would
 * change earlier wait for it. A process that goes on with a run measures anew.
 */
final class SpeedMeasurement {
  private static final double LATEST_SHARE = 0.4;
  private static final double SHARE_OF_FIRST_CHANGE = 0.8;
  private static final double LEAST_SHARE = 0.1;
  private static final double LEAST_SECONDS = 20;
  private static final int FEWEST_STEPS = 4;

  private final double seconds;
  private final double earliest;
  private int steps;
  private double findAt;
  private double measureFrom;
  private @Nullable StepRecord from;

  /** A measurement for a run whose configuration has minutes. */
  SpeedMeasurement(TrainConfig config) {
    this.seconds = config.training().minutes() * 60;
    double share = SHARE_OF_FIRST_CHANGE * new Schedules(config).firstChange();
    this.earliest = Math.min(LATEST_SHARE, share) * seconds;
  }

  /** Takes every step; the horizon in tokens, once enough of them have been seen. */
  OptionalLong find(StepRecord step) {
    StepRecord start = from;
    if (start == null) {
      start = step;
      double least = Math.min(LEAST_SECONDS, LEAST_SHARE * seconds);
      findAt = Math.max(earliest, step.seconds() + least);
      measureFrom = step.seconds() + (findAt - step.seconds()) * 2 / 3;
    } else if (step.seconds() <= measureFrom) {
      start = step;
    }
    from = start;
    steps++;
    if (steps < FEWEST_STEPS || step.seconds() < findAt) {
      return OptionalLong.empty();
    }
    double speed = (step.tokens() - start.tokens()) / (step.seconds() - start.seconds());
    double left = Math.max(0, seconds - step.seconds());
    return OptionalLong.of(step.tokens() + (long) (speed * left));
  }
}
