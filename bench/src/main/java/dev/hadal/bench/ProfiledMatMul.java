package dev.hadal.bench;

import dev.hadal.kernels.GroupedWeights;
import dev.hadal.kernels.MatMul;
import dev.hadal.kernels.Matrix;
import dev.hadal.kernels.OperandKind;
import dev.hadal.tensor.Workspace;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Times products by their extents: {@code matmul 8192x320x192 fp32}, {@code T} before the rows of a
 * transposed left operand, {@code n of …} for several products of the same width in one call.
 *
 * @param inner computes
 * @param watch takes the times
 */
record ProfiledMatMul(MatMul inner, Stopwatch watch) implements MatMul {
  /** The beginning of the names of products. */
  static final String PRODUCT = "matmul ";

  @Override
  public List<Packed> packAll(List<Matrix> operands, Contraction contraction, Workspace workspace) {
    return watch.time("matmul.pack", () -> inner.packAll(operands, contraction, workspace));
  }

  @Override
  public long packedBytes(OperandKind kind, long outputs, int depth) {
    return inner.packedBytes(kind, outputs, depth);
  }

  @Override
  public List<Packed> packGrouped(List<GroupedWeights> weights, Workspace workspace) {
    return watch.time("matmul.packGrouped", () -> inner.packGrouped(weights, workspace));
  }

  @Override
  public Optional<Stored> store(Packed packed) {
    return inner.store(packed);
  }

  @Override
  public Packed restore(Stored stored) {
    return inner.restore(stored);
  }

  @Override
  public void multiplyAll(List<Job> jobs) {
    double flops = 0;
    for (Job job : jobs) {
      flops += 2.0 * job.c().rows() * job.c().columns() * job.b().depth();
    }
    watch.time(name(jobs), flops, () -> inner.multiplyAll(jobs));
  }

  private static String name(List<Job> jobs) {
    Set<String> extents = new LinkedHashSet<>();
    long rows = 0;
    long depth = 0;
    for (Job job : jobs) {
      rows += job.c().rows();
      depth += job.b().depth();
    }
    String kind = "";
    for (Job job : jobs) {
      // Experts see different numbers of tokens: those are added up, so that steps compare.
      boolean grouped = jobs.size() > 8;
      String m = String.valueOf(grouped && !job.transposeA() ? rows : job.c().rows());
      long k = grouped && job.transposeA() ? depth / jobs.size() : job.b().depth();
      extents.add(
          (job.transposeA() ? "T" : "")
              + m
              + "x"
              + job.c().columns()
              + "x"
              + (grouped && job.transposeA() ? "~" : "")
              + k);
      kind = kind(job.a());
    }
    String shapes = String.join("+", extents);
    return PRODUCT + (jobs.size() > 1 ? jobs.size() + " of " : "") + shapes + " " + kind;
  }

  private static String kind(Matrix matrix) {
    return switch (matrix) {
      case Matrix.Dense _ -> "fp32";
      case Matrix.BFloat _ -> "bf16";
      case Matrix.Tiled _ -> "fp8";
      case Matrix.Integers _ -> "int8";
    };
  }
}
