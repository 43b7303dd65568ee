package dev.hadal.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Times of repeated runs. What is to be compared is run in turns, so that a machine whose speed
 * drifts while it is measured does not favour one of them; each is given as the median of its
 * times.
 */
final class Repetition {
  private static final int FEWEST = 3;
  private static final int MOST = 10_000;

  /** A run that is faster by less is no faster. */
  private static final double GAIN = 0.97;

  private static final double SETTLED_SECONDS = 1.5;
  private static final double LONGEST_WARM_UP_SECONDS = 15;

  private Repetition() {}

  /** One run, timed by itself. */
  @FunctionalInterface
  interface Timed {
    /** Runs once and returns the seconds of what counts. */
    double run();
  }

  /** A run of which everything counts. */
  static Timed whole(Runnable work) {
    return () -> {
      long begin = System.nanoTime();
      work.run();
      return (System.nanoTime() - begin) * 1e-9;
    };
  }

  /** The median time of one after warming up. */
  static double median(double seconds, Runnable work) {
    return medians(seconds, List.of(whole(work)))[0];
  }

  /**
   * The median times, after a warm-up of the same length: until a just-in-time compiler has seen
   * the code some thousand times and has done its work beside it, times mean little.
   *
   * @param seconds measuring time of each; at least three turns are taken
   */
  static double[] medians(double seconds, List<Timed> contenders) {
    turns(seconds, 1, contenders);
    List<double[]> times = turns(seconds, FEWEST, contenders);
    double[] medians = new double[contenders.size()];
    for (int i = 0; i < medians.length; i++) {
      int contender = i;
      medians[i] = median(times.stream().mapToDouble(turn -> turn[contender]).toArray());
    }
    return medians;
  }

  /**
   * Runs work until it gets no faster: the compiler shares the processors with what it compiles, so
   * how long it needs is not known beforehand.
   *
   * @return the shortest time of a run in seconds
   */
  static double warmUp(Runnable work) {
    double best = Double.POSITIVE_INFINITY;
    double spent = 0;
    double lastGain = 0;
    while (spent - lastGain < SETTLED_SECONDS && spent < LONGEST_WARM_UP_SECONDS) {
      double seconds = whole(work).run();
      spent += seconds;
      if (seconds < best * GAIN) {
        best = seconds;
        lastGain = spent;
      }
    }
    return best;
  }

  private static List<double[]> turns(double seconds, int fewest, List<Timed> contenders) {
    List<double[]> turns = new ArrayList<>();
    double spent = 0;
    while (turns.size() < fewest || (spent < seconds * contenders.size() && turns.size() < MOST)) {
      double[] turn = new double[contenders.size()];
      long begin = System.nanoTime();
      for (int i = 0; i < turn.length; i++) {
        turn[i] = contenders.get(i).run();
      }
      turns.add(turn);
      spent += (System.nanoTime() - begin) * 1e-9;
    }
    return turns;
  }

  /** The middle value; of an even number the lower of the two. */
  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[(sorted.length - 1) / 2];
  }
}
