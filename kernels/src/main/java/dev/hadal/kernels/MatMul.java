package dev.hadal.kernels;

import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * Matrix products: Fprop, Dgrad and Wgrad of every linear layer, one or many at a time.
 *
 * <p>The right operand is packed once and used by any number of products; packing permutes and
 * decodes, it never rounds. The order of additions of every output element is the one that {@link
 * Matrix} states, whatever the number of rows, jobs and threads.
 */
public interface MatMul {
  /** A right operand in the layout of the implementation that packed it. */
  interface Packed {
    /** The number of output columns, N. */
    int outputs();

    /** The length of the contraction, K. */
    int depth();
  }

  /** Which axis of a right operand is contracted. */
  enum Contraction {
    /** B is [N, K]: C = A B^T. Forward of a linear whose weight is [out, in]. */
    COLUMNS,
    /**
     * B is [K, N]: C = A B. Input gradient with a weight [out, in]; weight gradient's X [T, in].
     */
    ROWS
  }

  /**
   * Packs a right operand into memory of the workspace, where it lives until that is released.
   *
   * @param b a Tiled operand must be tiled along the contraction: BLOCKS, or ROWS with COLUMNS
   *     contracted, or COLUMNS with ROWS contracted
   */
  default Packed pack(Matrix b, Contraction contraction, Workspace workspace) {
    return packAll(List.of(b), contraction, workspace).getFirst();
  }

  /** Packs several right operands, in parallel. */
  List<Packed> packAll(List<Matrix> operands, Contraction contraction, Workspace workspace);

  /**
   * Bytes that {@link #packAll} takes of a workspace for a right operand, with all that fills it
   * up.
   *
   * @param outputs N
   * @param depth K
   */
  long packedBytes(OperandKind kind, long outputs, int depth);

  /** Packs the weights of linears as quantized files hold them, in parallel. */
  List<Packed> packGrouped(List<GroupedWeights> weights, Workspace workspace);

  /**
   * A packed operand as bytes, which any start on the same kind of machine takes up again.
   *
   * @param layout of the bytes, in words
   * @param outputs N
   * @param depth K
   * @param parts the bytes
   */
  record Stored(String layout, int outputs, int depth, List<MemorySegment> parts) {
    /** Copies the list. */
    public Stored {
      parts = List.copyOf(parts);
    }
  }

  /** The bytes of an operand that these kernels packed; empty if they keep it on the heap. */
  Optional<Stored> store(Packed packed);

  /**
   * An operand whose bytes {@link #store} once gave.
   *
   * @throws IllegalArgumentException if these kernels do not read the layout, or bytes are missing
   */
  Packed restore(Stored stored);

  /**
   * One product.
   *
   * @param a [M, K], or [K, M] when transposed; zero rows are allowed
   * @param transposeA whether C = A^T B
   * @param b the packed right operand, of the same kind as a; packed {@link GroupedWeights} take
   *     Integers or Dense, not transposed and without accumulation
   * @param c [M, N], set; with {@code accumulate} the sums continue from what it holds, which for
   *     Dense and BFloat operands equals one longer contraction (BFloat: the earlier part of even
   *     length)
   * @param accumulate whether C's values are the starting values; of BFloat operands those below
   *     2^-90 count as zero, so that no sum of theirs is ever subnormal, which processors with BF16
   *     dot products would take as zero
   */
  record Job(Matrix a, boolean transposeA, Packed b, Matrix.Dense c, boolean accumulate) {
    /** Checks the extents. */
    public Job {
      int m = transposeA ? a.columns() : a.rows();
      int k = transposeA ? a.rows() : a.columns();
      if (k != b.depth() || c.rows() != m || c.columns() != b.outputs()) {
        throw new IllegalArgumentException(
            "product: A [%d, %d] with B of depth %d and %d outputs into C [%d, %d]"
                .formatted(m, k, b.depth(), b.outputs(), c.rows(), c.columns()));
      }
    }

    /** C = A B^T or A B, as B was packed. */
    public static Job of(Matrix a, Packed b, Tensor c) {
      return new Job(a, false, b, new Matrix.Dense(c), false);
    }
  }

  /**
   * Runs independent products: no output overlaps another's output or input. Consecutive jobs with
   * the same left operand (the same object) share its packing.
   */
  void multiplyAll(List<Job> jobs);

  /** Runs one product. */
  default void multiply(Job job) {
    multiplyAll(List.of(job));
  }
}
