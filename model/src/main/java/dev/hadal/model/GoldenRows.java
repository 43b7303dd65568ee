package dev.hadal.model;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Collects comparisons with golden numbers. In FP64 every comparison of real numbers has the
 * tolerance 1e-9, and half a unit of F32 more where the file stores F32; in FP32 the caller gives
 * the tolerance.
 */
public final class GoldenRows {
  /** FP32 tolerance of states, logits and losses of one pass. */
  public static final double FORWARD = 2e-5;

  /** FP32 tolerance of gradients. */
  static final double GRADIENTS = 2e-4;

  /** FP32 tolerance of losses after steps. */
  static final double STEPS = 1e-4;

  private static final double FP64 = 1e-9;
  private static final double HALF_UNIT = 0x1p-24;

  private final String prefix;
  private final boolean wide;
  private final List<GoldenVerifier.Row> rows = new ArrayList<>();

  /**
   * No comparisons yet.
   *
   * @param prefix begins every name
   * @param wide whether the values come from FP64 arithmetic
   */
  public GoldenRows(String prefix, boolean wide) {
    this.prefix = prefix;
    this.wide = wide;
  }

  /** The comparisons so far. */
  public List<GoldenVerifier.Row> list() {
    return List.copyOf(rows);
  }

  private void add(String name, double difference, double tolerance) {
    // A NaN is a difference like no other.
    double known = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference;
    rows.add(new GoldenVerifier.Row(prefix + name, known, tolerance));
  }

  /** Values against a tensor of F32 or F64, relative to its largest magnitude. */
  public void values(String name, double[] found, Tensor expected, double tolerance) {
    double[] values = GoldenTrace.values(expected);
    if (found.length != values.length) {
      add(name + " (size)", Math.abs(found.length - values.length), 0);
      return;
    }
    double stored = wide && expected.dtype() == DType.F32 ? HALF_UNIT : 0;
    double largest = 0;
    double difference = 0;
    for (int i = 0; i < values.length; i++) {
      largest = Math.max(largest, Math.abs(values[i]));
      double excess = Math.abs(found[i] - values[i]) - stored * Math.abs(values[i]);
      difference = Double.isNaN(excess) ? Double.POSITIVE_INFINITY : Math.max(difference, excess);
    }
    double relative = difference == 0 ? 0 : difference / largest;
    add(name, relative, wide ? FP64 : tolerance);
  }

  /** One number, relative to itself. */
  void number(String name, double found, double expected, double tolerance) {
    number(name, found, expected, Math.abs(expected), tolerance);
  }

  /** One number of a series, relative to the largest magnitude of the series. */
  void number(String name, double found, double expected, double largest, double tolerance) {
    double difference = found == expected ? 0 : Math.abs(found - expected) / largest;
    add(name, difference, wide ? FP64 : tolerance);
  }

  /** Integers, counted where they differ. */
  public void equal(String name, long[] found, Tensor expected) {
    long unequal = Math.abs(found.length - expected.elements());
    for (int i = 0; i < Math.min(found.length, expected.elements()); i++) {
      unequal += found[i] == expected.getLong(i) ? 0 : 1;
    }
    count(name, unequal);
  }

  /** A number of values that are not as they should be. */
  public void count(String name, long unequal) {
    add(name, (double) unequal, 0);
  }

  /** The elements of an I64 tensor. */
  public static int[] integers(Tensor tensor) {
    tensor.requireType("golden integers", DType.I64);
    int[] values = new int[Math.toIntExact(tensor.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.toIntExact(tensor.getLong(i));
    }
    return values;
  }

  static double norm(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value * value;
    }
    return Math.sqrt(sum);
  }
}
