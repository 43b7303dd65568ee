package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.tensor.Tensor;
import java.lang.ref.Reference;
import java.util.Optional;

/** {@link Elementwise}: sums as generated code, copies by the JVM ({@link RowCopies}). */
final class GeneratedElementwise implements Elementwise {
  private final ThreadTeam team;
  private final RowFunctions functions;

  /** Makes the code; {@link #obstacle} must be empty. */
  GeneratedElementwise(ThreadTeam team, CodeLoader loader) {
    this.team = team;
    functions = new RowFunctions(loader);
  }

  /** Why the sums' code cannot be made; empty if it can. */
  static Optional<String> obstacle(CodeLoader loader) {
    return RowFunctions.obstacle(loader);
  }

  @Override
  public void add(Tensor a, Tensor b, Tensor out) {
    long[] extents = a.shape().extents();
    Sizes.require("elementwise.add a", a, extents);
    Sizes.require("elementwise.add b", b, extents);
    Sizes.require("elementwise.add out", out, extents);
    long left = Addresses.of("elementwise.add a", a);
    long right = Addresses.of("elementwise.add b", b);
    long sum = Addresses.of("elementwise.add out", out);
    try {
      Spans.split(
          team,
          a.elements(),
          (from, to) -> {
            long at = Float.BYTES * from;
            functions.add(left + at, right + at, sum + at, to - from);
          });
    } finally {
      Reference.reachabilityFence(a);
      Reference.reachabilityFence(b);
      Reference.reachabilityFence(out);
    }
  }

  @Override
  public void copyColumns(Tensor from, int fromColumn, Tensor to, int toColumn, int columns) {
    RowCopies.columns(team, from, fromColumn, to, toColumn, columns);
  }
}
