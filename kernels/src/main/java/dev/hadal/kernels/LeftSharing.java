package dev.hadal.kernels;

import dev.hadal.tensor.DType;
import java.util.ArrayList;
import java.util.List;

/**
 * Consecutive products of one left operand, which is packed once for all of them.
 *
 * @param a the operand
 * @param transposed whether it is [K, M]
 * @param kind of both operands
 * @param rows M
 * @param depth K
 * @param products what it is multiplied by
 */
record LeftSharing(
    Matrix a,
    boolean transposed,
    OperandKind kind,
    int rows,
    int depth,
    List<LeftSharing.Product> products) {

  /**
   * One product with its packed operand.
   *
   * @param job the product
   * @param b its operand
   */
  record Product(MatMul.Job job, Panels b) {}

  @SuppressWarnings("ReferenceEquality") // comparing contents would cost more than packing
  private boolean serves(MatMul.Job job) {
    return a == job.a() && transposed == job.transposeA();
  }

  /** Checks the operands of the jobs and puts those of one left operand together. */
  static List<LeftSharing> of(List<MatMul.Job> jobs) {
    List<LeftSharing> sharings = new ArrayList<>();
    LeftSharing last = null;
    for (MatMul.Job job : jobs) {
      if (!(job.b() instanceof Panels b)) {
        throw new IllegalArgumentException("product: B was packed by other kernels");
      }
      OperandKind kind = OperandKind.of(job.a(), !job.transposeA());
      if (kind != b.kind()) {
        throw new IllegalArgumentException("product: both operands must be of the same kind");
      }
      job.c().values().requireType("product c", DType.F32);
      if (last == null || !last.serves(job)) {
        last =
            new LeftSharing(
                job.a(), job.transposeA(), kind, job.c().rows(), b.depth(), new ArrayList<>());
        sharings.add(last);
      }
      last.products.add(new Product(job, b));
    }
    return sharings;
  }
}
