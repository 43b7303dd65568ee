package dev.hadal.model;

import dev.hadal.format.IntegerTensor;
import dev.hadal.kernels.ThreadTeam;
import dev.hadal.numerics.BFloat16;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Rounds a linear so that what it makes of its inputs changes little, not its weights (Frantar et
 * al., GPTQ, arXiv 2210.17323).
 *
 * <p>With inputs X the error of a row's output is (w - q) H (w - q)^T, H = X^T X. Columns are
 * rounded one after the other, and those to come take over what each rounding spoils: with the
 * upper triangular U of {@code H^-1 = U^T U}, column j's error e = (w[j] - q[j]) / U[j][j] changes
 * w[k] by -e U[j][k] for all k above j. If no two inputs go together, U is diagonal and every
 * weight is rounded to nearest.
 *
 * <p>A group's scale is that of its weights as they are when its first column's turn comes. Far
 * columns are changed once a block of columns, as the paper does: a row of them is passed over a
 * hundred times less often. Rows do not depend on each other, nor on the number of threads.
 * Letters: R outputs, C inputs.
 */
final class Gptq {
  private static final int BLOCK = 128;

  /** Rows of a triangle below which threads would wait for each other longer than they work. */
  private static final int GRAIN = 512;

  private static final double DAMPING = 0.01;
  private static final double STRONGER = 10;

  private final int columns;
  private final float[][] inverse;
  private final ThreadTeam team;

  private Gptq(float[][] inverse, ThreadTeam team) {
    this.columns = inverse.length;
    this.inverse = inverse;
    this.team = team;
  }

  /**
   * Prepares for all linears of the same inputs.
   *
   * @param hessian_CC X^T X in F32
   * @throws ModelException if it is not finite
   */
  static Gptq of(Tensor hessian_CC, ThreadTeam team) {
    int columns = hessian_CC.columns();
    double mean = 0;
    for (int c = 0; c < columns; c++) {
      mean += hessian_CC.getFloat((long) c * columns + c) / (double) columns;
    }
    if (!Double.isFinite(mean)) {
      throw new ModelException("gptq: expected finite inputs of a linear, found others");
    }
    // Rounding in H may make it indefinite; a stronger diagonal ends that.
    for (double damping = DAMPING; ; damping *= STRONGER) {
      double[][] factor = factor(hessian_CC, mean == 0 ? 1 : damping * mean, team);
      if (factor.length == columns) {
        return new Gptq(invert(factor, team), team);
      }
    }
  }

  /** Upper triangular F with F F^T = H + d I; nothing if that is not positive definite. */
  private static double[][] factor(Tensor hessian_CC, double diagonal, ThreadTeam team) {
    int columns = hessian_CC.columns();
    double[][] f = new double[columns][columns];
    for (int j = columns - 1; j >= 0; j--) {
      int pivot = j;
      double[] of = f[j];
      double square = hessian_CC.getFloat((long) j * columns + j) + diagonal - dot(of, of, j + 1);
      if (!(square > 0)) {
        return new double[0][];
      }
      double root = Math.sqrt(square);
      of[j] = root;
      team.split(
          j,
          GRAIN,
          (from, to) -> {
            for (int i = from; i < to; i++) {
              double h = hessian_CC.getFloat((long) i * columns + pivot);
              f[i][pivot] = (h - dot(f[i], of, pivot + 1)) / root;
            }
          });
    }
    return f;
  }

  private static double dot(double[] a, double[] b, int from) {
    double sum = 0;
    for (int k = from; k < a.length; k++) {
      sum += a[k] * b[k];
    }
    return sum;
  }

  /** U = F^-1. */
  private static float[][] invert(double[][] f, ThreadTeam team) {
    int columns = f.length;
    float[][] inverse = new float[columns][columns];
    team.split(
        columns,
        1,
        (from, to) -> {
          double[] row = new double[columns];
          for (int i = from; i < to; i++) {
            java.util.Arrays.fill(row, i, columns, 0);
            row[i] = 1;
            for (int k = i; k < columns; k++) {
              double value = row[k] / f[k][k];
              inverse[i][k] = (float) value;
              for (int j = k + 1; j < columns; j++) {
                row[j] -= value * f[k][j];
              }
            }
          }
        });
    return inverse;
  }

  /**
   * Rounds a linear.
   *
   * @param values_RC F32, overwritten
   * @param group elements that share a scale
   * @throws IllegalArgumentException if a value is not finite
   */
  IntegerTensor round(Tensor values_RC, int bits, int group, Arena arena) {
    int rows = values_RC.rows();
    Tensor scales = Tensor.allocate(arena, DType.BF16, rows, columns / group);
    IntegerTensor rounded = IntegerTensor.empty(rows, columns, bits, scales, arena);
    team.split(
        rows,
        1,
        (from, to) -> {
          Row row = new Row(values_RC, rounded, group);
          for (int r = from; r < to; r++) {
            row.round(r);
          }
        });
    return rounded;
  }

  /** One thread's row after row. */
  private final class Row {
    private final Tensor values;
    private final IntegerTensor rounded;
    private final int group;
    private final int block;
    private final float[] w = new float[columns];
    private final float[] errors;

    Row(Tensor values, IntegerTensor rounded, int group) {
      this.values = values;
      this.rounded = rounded;
      this.group = group;
      // Whole groups, so that a group's weights are up to date when it begins.
      this.block = (BLOCK + group - 1) / group * group;
      this.errors = new float[block];
    }

    void round(int r) {
      MemorySegment.copy(values.data(), Tensor.FLOAT, 4L * r * columns, w, 0, columns);
      for (int first = 0; first < columns; first += block) {
        int end = Math.min(columns, first + block);
        for (int j = first; j < end; j += group) {
          roundGroup(r, j, first, end);
        }
        for (int j = first; j < end; j++) {
          spread(errors[j - first], inverse[j], end, columns);
        }
      }
    }

    private void roundGroup(int r, int begin, int first, int end) {
      MemorySegment.copy(
          w, begin, values.data(), Tensor.FLOAT, 4L * ((long) r * columns + begin), group);
      float scale =
          IntegerTensor.scaleOf(values, (long) r * columns + begin, group, rounded.bits());
      long at = (long) r * rounded.scales().columns() + begin / group;
      rounded.scales().data().set(Tensor.SHORT, 2 * at, BFloat16.encode(scale));
      for (int j = begin; j < begin + group; j++) {
        int integer = IntegerTensor.nearest(w[j], scale, rounded.bits());
        rounded.set(r, j, integer);
        float error = (w[j] - integer * scale) / inverse[j][j];
        errors[j - first] = error;
        spread(error, inverse[j], j + 1, end);
      }
    }

    private void spread(float error, float[] factors, int from, int to) {
      for (int k = from; k < to; k++) {
        w[k] -= error * factors[k];
      }
    }
  }
}
