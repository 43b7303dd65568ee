package dev.hadal.model;

import dev.hadal.kernels.Dispatch;

/**
 * How often the gates have chosen each expert lately: the rows that went to it, each counting half
 * after {@value #HALF_LIFE} more rows of the model. One thread at a time.
 *
 * <p>Counts change between passes through the layers only: within one, experts of the layers that
 * were asked already would look hotter than those of the layers to come, and a long prompt would
 * drive out of memory whatever the next layer needs. Where counts are equal, as before the second
 * pass, the rows of the present one decide.
 *
 * <p>Instead of making all counts smaller, the unit in which new rows are counted grows.
 */
final class RoutingFrequency {
  /** Rows of the model after which a row counts half. */
  static final int HALF_LIFE = 512;

  private static final double LARGEST_UNIT = 0x1p256;

  private final double[][] counts;
  private final int[][] present;
  private double unit = 1;
  private int last = -1;
  private int rows;

  /** Nothing chosen yet. */
  RoutingFrequency(int layers, int experts) {
    counts = new double[layers][experts];
    present = new int[layers][experts];
  }

  /** One layer's gate has chosen; a layer that is not behind the last one begins another pass. */
  void add(int layer, Dispatch dispatch) {
    if (layer <= last) {
      count();
    }
    last = layer;
    rows = Math.max(rows, dispatch.tokens());
    for (int e = 0; e < dispatch.experts(); e++) {
      present[layer][e] = dispatch.load(e);
    }
  }

  private void count() {
    unit *= StrictMath.pow(2, (double) rows / HALF_LIFE);
    rows = 0;
    // Dividing by a power of two keeps every order.
    double divisor = unit > LARGEST_UNIT ? LARGEST_UNIT : 1;
    unit /= divisor;
    for (int layer = 0; layer < counts.length; layer++) {
      for (int e = 0; e < counts[layer].length; e++) {
        counts[layer][e] = counts[layer][e] / divisor + present[layer][e] * unit;
        present[layer][e] = 0;
      }
    }
  }

  /** Rows of earlier passes that count now. */
  double of(int layer, int expert) {
    return counts[layer][expert] / unit;
  }

  /** Whether one expert was chosen less than another; of equals the one with the lower number. */
  boolean isColder(int layer, int expert, int otherLayer, int otherExpert) {
    double count = counts[layer][expert];
    double other = counts[otherLayer][otherExpert];
    if (count != other) {
      return count < other;
    }
    int now = present[layer][expert];
    int otherNow = present[otherLayer][otherExpert];
    if (now != otherNow) {
      return now < otherNow;
    }
    return layer != otherLayer ? layer < otherLayer : expert < otherExpert;
  }
}
