package dev.hadal.train;

/**
 * A curve of any length in bounded memory: means over equally many neighbours. When the places are
 * full, neighbours are merged, and every later mean covers twice as many values.
 */
final class CurveHistory {
  private static final int PLACES = 512;

  private final double[] means = new double[PLACES];
  private int filled;
  private long stride = 1;
  private double sum;
  private long pending;

  /** Adds a value; one that is not finite is passed over. */
  void add(double value) {
    if (!Double.isFinite(value)) {
      return;
    }
    sum += value;
    pending++;
    if (pending < stride) {
      return;
    }
    if (filled == PLACES) {
      for (int i = 0; i < PLACES / 2; i++) {
        means[i] = 0.5 * (means[2 * i] + means[2 * i + 1]);
      }
      filled = PLACES / 2;
      stride *= 2;
      return; // the pending values are now half of a longer mean
    }
    means[filled++] = sum / pending;
    sum = 0;
    pending = 0;
  }

  /** The curve in at most {@code columns} means, oldest first. */
  double[] columns(int columns) {
    int count = Math.min(columns, filled);
    double[] result = new double[Math.max(0, count)];
    for (int column = 0; column < count; column++) {
      int from = (int) ((long) column * filled / count);
      int to = (int) ((column + 1L) * filled / count);
      double total = 0;
      for (int i = from; i < to; i++) {
        total += means[i];
      }
      result[column] = total / (to - from);
    }
    return result;
  }
}
