package dev.hadal.kernels;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Workspace;
import java.util.List;
import java.util.Optional;

/**
 * {@link MatMul} row by row: all outputs of a row take their k-th term before any takes the next,
 * so a chain of additions is as long as the contraction and still many run side by side.
 *
 * <p>Packing decodes to heap arrays [K, N], scales beside them; the workspace is not used.
 */
record ReferenceMatMul() implements MatMul {
  /** Starting values of BF16 products below it count as zero. */
  static final float SMALLEST_START = 0x1p-90f;

  /** A packed operand. */
  private sealed interface Decoded extends Packed {}

  /** Dense F64. */
  private record Doubles(int outputs, int depth, double[] values) implements Decoded {}

  /** Everything else. */
  private record Floats(int outputs, int depth, ReferenceOperand operand) implements Decoded {}

  /** Weights of a quantized file. */
  private record Grouped(int outputs, int depth, ReferenceGroupedProduct product)
      implements Decoded {}

  @Override
  public List<Packed> packAll(List<Matrix> operands, Contraction contraction, Workspace workspace) {
    return operands.stream().map(b -> pack(b, contraction)).toList();
  }

  /** None of the workspace; so much of the heap, in FP32. */
  @Override
  public long packedBytes(OperandKind kind, long outputs, int depth) {
    return OperandKind.DENSE.packedBytes(outputs, depth);
  }

  @Override
  public List<Packed> packGrouped(List<GroupedWeights> weights, Workspace workspace) {
    return weights.stream()
        .<Packed>map(w -> new Grouped(w.outputs(), w.depth(), ReferenceGroupedProduct.of(w)))
        .toList();
  }

  @Override
  public Optional<Stored> store(Packed packed) {
    return Optional.empty();
  }

  @Override
  public Packed restore(Stored stored) {
    throw new IllegalArgumentException("the reference keeps packed operands on the heap");
  }

  private static Packed pack(Matrix b, Contraction contraction) {
    boolean columns = contraction == Contraction.COLUMNS;
    int outputs = columns ? b.rows() : b.columns();
    int depth = columns ? b.columns() : b.rows();
    return b instanceof Matrix.Dense dense && dense.values().dtype() == DType.F64
        ? new Doubles(outputs, depth, doubles(dense, columns))
        : new Floats(outputs, depth, ReferenceOperand.right(b, contraction));
  }

  /** The matrix, transposed if asked. */
  private static double[] doubles(Matrix.Dense matrix, boolean transpose) {
    int rows = matrix.rows();
    int columns = matrix.columns();
    double[] values = new double[rows * columns];
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        values[transpose ? c * rows + r : r * columns + c] =
            matrix.values().getDouble((long) r * matrix.rowStride() + matrix.fromColumn() + c);
      }
    }
    return values;
  }

  @Override
  public void multiplyAll(List<Job> jobs) {
    for (Job job : jobs) {
      if (job.b() instanceof GroupedPanels panels) {
        // Packed by generated code, which serves integers only.
        ReferenceGroupedProduct.of(panels).multiply(job);
        continue;
      }
      if (!(job.b() instanceof Decoded decoded)) {
        throw new IllegalArgumentException("product: B was packed by other kernels");
      }
      switch (decoded) {
        case Doubles b -> multiplyDoubles(job, b);
        case Floats b -> multiplyFloats(job, b);
        case Grouped b -> b.product.multiply(job);
      }
    }
  }

  private static void multiplyDoubles(Job job, Doubles b) {
    if (!(job.a() instanceof Matrix.Dense dense)) {
      throw new IllegalArgumentException("product: both operands must be of the same kind");
    }
    dense.values().requireType("product a", DType.F64);
    Matrix.Dense c = job.c();
    c.values().requireType("product c", DType.F64);
    double[] a = doubles(dense, job.transposeA());
    double[] sum = new double[b.outputs];
    for (int m = 0; m < c.rows(); m++) {
      long at = (long) m * c.rowStride() + c.fromColumn();
      for (int n = 0; n < sum.length; n++) {
        sum[n] = job.accumulate() ? c.values().getDouble(at + n) : 0;
      }
      for (int k = 0; k < b.depth; k++) {
        addMultiple(a[m * b.depth + k], b.values, k * b.outputs, sum);
      }
      for (int n = 0; n < sum.length; n++) {
        c.values().setDouble(at + n, sum[n]);
      }
    }
  }

  private static void multiplyFloats(Job job, Floats packed) {
    if (job.a() instanceof Matrix.Dense dense) {
      dense.values().requireType("product a", DType.F32);
    }
    ReferenceOperand b = packed.operand;
    ReferenceOperand a = ReferenceOperand.left(job.a(), job.transposeA());
    if (a.matrix().getClass() != b.matrix().getClass()) {
      throw new IllegalArgumentException("product: both operands must be of the same kind");
    }
    Matrix.Dense c = job.c();
    c.values().requireType("product c", DType.F32);
    float[] sum = new float[packed.outputs];
    for (int m = 0; m < c.rows(); m++) {
      long at = (long) m * c.rowStride() + c.fromColumn();
      for (int n = 0; n < sum.length; n++) {
        sum[n] = job.accumulate() ? c.values().getFloat(at + n) : 0;
        if (a.matrix() instanceof Matrix.BFloat) {
          sum[n] = start(sum[n]);
        }
      }
      switch (a.matrix()) {
        case Matrix.Dense _ -> addTerms(a, b, m, packed.depth, sum);
        case Matrix.BFloat _ -> addPairs(a, b, m, 0, packed.depth, sum);
        case Matrix.Tiled _ -> addGroups(a, b, m, packed.depth, sum);
        case Matrix.Integers _ -> throw new IllegalStateException("no operand of these products");
      }
      for (int n = 0; n < sum.length; n++) {
        c.values().setFloat(at + n, sum[n]);
      }
    }
  }

  /** The value that a chain of BF16 products starts from; see {@link MatMul.Job}. */
  static float start(float value) {
    return Math.abs(value) < SMALLEST_START ? 0 : value;
  }

  private static void addTerms(
      ReferenceOperand a, ReferenceOperand b, int m, int depth, float[] sum) {
    for (int k = 0; k < depth; k++) {
      addMultiple(a.values()[m * depth + k], b.values(), k * sum.length, sum);
    }
  }

  /** Terms k from {@code from} (even) to {@code to}. */
  private static void addPairs(
      ReferenceOperand a, ReferenceOperand b, int m, int from, int to, float[] sum) {
    int row = m * a.columns();
    for (int k = from; k < to; k += 2) {
      if (k + 1 < to) {
        addMultiple(a.values()[row + k + 1], b.values(), (k + 1) * sum.length, sum);
      } else {
        addZero(sum);
      }
      addMultiple(a.values()[row + k], b.values(), k * sum.length, sum);
    }
  }

  private static void addGroups(
      ReferenceOperand a, ReferenceOperand b, int m, int depth, float[] sum) {
    for (int k = 0; k < depth; k += Matrix.Tiled.GROUP) {
      float[] group = new float[sum.length];
      addPairs(a, b, m, k, Math.min(depth, k + Matrix.Tiled.GROUP), group);
      float scale = a.scale(m, k);
      for (int n = 0; n < sum.length; n++) {
        sum[n] = Math.fma(group[n], scale * b.scale(k, n), sum[n]);
      }
    }
  }

  private static void addMultiple(float factor, float[] b, int at, float[] sum) {
    for (int n = 0; n < sum.length; n++) {
      sum[n] = Math.fma(factor, b[at + n], sum[n]);
    }
  }

  private static void addMultiple(double factor, double[] b, int at, double[] sum) {
    for (int n = 0; n < sum.length; n++) {
      sum[n] = Math.fma(factor, b[at + n], sum[n]);
    }
  }

  /** The term that fills an odd contraction's last pair; it turns -0 into +0. */
  private static void addZero(float[] sum) {
    for (int n = 0; n < sum.length; n++) {
      sum[n] += 0f;
    }
  }
}
