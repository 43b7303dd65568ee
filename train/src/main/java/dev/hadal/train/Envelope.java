package dev.hadal.train;

import java.util.ArrayList;
import java.util.List;

/**
 * A curve thinned for a chart without hiding anything: neighbours fall into buckets, and each
 * bucket keeps its lowest and highest value beside the mean. Values that are not finite are counted
 * and left out.
 */
record Envelope(List<Bucket> buckets, long notFinite) {
  /** Larger values would make the arithmetic of an axis overflow; they count as not finite. */
  static final double LARGEST = 1e30;

  /**
   * Neighbouring values.
   *
   * @param from first step
   * @param to last step
   */
  record Bucket(long from, long to, double least, double mean, double most, long count) {}

  /** One value of a curve. */
  record Point(long step, double value) {}

  Envelope {
    buckets = List.copyOf(buckets);
  }

  /** Thins points in ascending order of their steps to at most so many buckets. */
  static Envelope of(List<Point> points, int most) {
    List<Point> finite =
        points.stream().filter(point -> Math.abs(point.value()) <= LARGEST).toList();
    int count = Math.min(most, finite.size());
    List<Bucket> buckets = new ArrayList<>();
    for (int bucket = 0; bucket < count; bucket++) {
      int from = (int) ((long) bucket * finite.size() / count);
      int to = (int) ((bucket + 1L) * finite.size() / count);
      buckets.add(merge(finite.subList(from, to)));
    }
    return new Envelope(buckets, points.size() - finite.size());
  }

  private static Bucket merge(List<Point> points) {
    double least = Double.POSITIVE_INFINITY;
    double most = Double.NEGATIVE_INFINITY;
    double sum = 0;
    for (Point point : points) {
      least = Math.min(least, point.value());
      most = Math.max(most, point.value());
      sum += point.value() / points.size();
    }
    return new Bucket(
        points.getFirst().step(), points.getLast().step(), least, sum, most, points.size());
  }
}
