package dev.hadal.model;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** Collects the comparisons of {@link GoldenVerifier}. */
final class GoldenRows {
  /** FP32 tolerances; FP64 has one for all. */
  static final double FORWARD = 2e-5;

  static final double GRADIENTS = 2e-4;
  static final double STEPS = 1e-4;

  private static final double FP64 = 1e-9;
  private static final double HALF_UNIT = 0x1p-24;

  private final boolean wide;
  private final List<GoldenVerifier.Row> rows = new ArrayList<>();

  GoldenRows(boolean wide) {
    this.wide = wide;
  }

  List<GoldenVerifier.Row> list() {
    return List.copyOf(rows);
  }

  /** Values against a tensor, relative to its largest magnitude. */
  void values(String name, double[] found, Tensor expected, double tolerance) {
    double[] values = GoldenTrace.values(expected);
    if (found.length != values.length) {
      rows.add(new GoldenVerifier.Row(name + " (size)", Math.abs(found.length - values.length), 0));
      return;
    }
    double stored = wide && expected.dtype() == DType.F32 ? HALF_UNIT : 0;
    double largest = 0;
    double difference = 0;
    for (int i = 0; i < values.length; i++) {
      largest = Math.max(largest, Math.abs(values[i]));
      double excess = Math.abs(found[i] - values[i]) - stored * Math.abs(values[i]);
      // A NaN is a difference like no other.
      difference = Double.isNaN(excess) ? Double.POSITIVE_INFINITY : Math.max(difference, excess);
    }
    double relative = difference == 0 ? 0 : difference / largest;
    rows.add(new GoldenVerifier.Row(name, relative, wide ? FP64 : tolerance));
  }

  /** One number, relative to itself. */
  void number(String name, double found, double expected, double tolerance) {
    double difference = found == expected ? 0 : Math.abs(found - expected) / Math.abs(expected);
    rows.add(
        new GoldenVerifier.Row(
            name,
            Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference,
            wide ? FP64 : tolerance));
  }

  /** Integers, counted where they differ. */
  void equal(String name, long[] found, Tensor expected) {
    long unequal = Math.abs(found.length - expected.elements());
    for (int i = 0; i < Math.min(found.length, expected.elements()); i++) {
      unequal += found[i] == expected.getLong(i) ? 0 : 1;
    }
    rows.add(new GoldenVerifier.Row(name, unequal, 0));
  }

  static double norm(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value * value;
    }
    return Math.sqrt(sum);
  }

  static int[] integers(Tensor tensor) {
    int[] values = new int[Math.toIntExact(tensor.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.toIntExact(tensor.getLong(i));
    }
    return values;
  }
}
