package dev.hadal.model;

import dev.hadal.kernels.Dispatch;

/**
 * How often the gates have chosen each expert lately: the rows that went to it, each counting half
 * after {@value #HALF_LIFE} more rows of the model. One thread at a time.
 *
 * <p>Instead of making all counts smaller, the unit in which new rows are counted grows.
 */
final class RoutingFrequency {
  /** Rows of the model after which a row counts half. */
  static final int HALF_LIFE = 512;

  private static final double LARGEST_UNIT = 0x1p256;

  private final double[][] counts;
  private double unit = 1;

  /** Nothing chosen yet. */
  RoutingFrequency(int layers, int experts) {
    counts = new double[layers][experts];
  }

  /** One layer's gate has chosen. */
  void add(int layer, Dispatch dispatch) {
    // Each row of the model comes by in every layer.
    unit *= StrictMath.pow(2, (double) dispatch.tokens() / ((double) HALF_LIFE * counts.length));
    if (unit > LARGEST_UNIT) {
      shrink();
    }
    for (int e = 0; e < dispatch.experts(); e++) {
      counts[layer][e] += dispatch.load(e) * unit;
    }
  }

  /** By a power of two, which keeps every order. */
  private void shrink() {
    for (double[] layer : counts) {
      for (int e = 0; e < layer.length; e++) {
        layer[e] /= LARGEST_UNIT;
      }
    }
    unit /= LARGEST_UNIT;
  }

  /** Rows that count now. */
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
    return layer != otherLayer ? layer < otherLayer : expert < otherExpert;
  }
}
