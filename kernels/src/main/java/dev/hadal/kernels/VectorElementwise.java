package dev.hadal.kernels;

import static dev.hadal.kernels.Simd.WIDTH;
import static dev.hadal.kernels.Simd.load;
import static dev.hadal.kernels.Simd.store;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** {@link Elementwise} with lanes along elements. */
final class VectorElementwise implements Elementwise {
  private final ThreadTeam team;

  VectorElementwise(ThreadTeam team) {
    this.team = team;
  }

  @Override
  public void add(Tensor a, Tensor b, Tensor out) {
    a.requireType("elementwise.add a", DType.F32);
    b.requireType("elementwise.add b", DType.F32);
    out.requireType("elementwise.add out", DType.F32);
    b.requireShape("elementwise.add b", a.shape().extents());
    out.requireShape("elementwise.add out", a.shape().extents());
    Spans.split(
        team, a.elements(), (from, to) -> addSpan(a.data(), b.data(), out.data(), from, to));
  }

  private static void addSpan(
      MemorySegment a, MemorySegment b, MemorySegment out, long from, long to) {
    long base = 4 * from;
    int n = (int) (to - from);
    int i = 0;
    for (; i <= n - WIDTH; i += WIDTH) {
      long at = base + 4L * i;
      store(load(a, at).add(load(b, at)), out, at);
    }
    for (; i < n; i++) {
      long at = base + 4L * i;
      out.set(Tensor.FLOAT, at, a.get(Tensor.FLOAT, at) + b.get(Tensor.FLOAT, at));
    }
  }

  @Override
  public void copyColumns(Tensor from, int fromColumn, Tensor to, int toColumn, int columns) {
    RowCopies.columns(team, from, fromColumn, to, toColumn, columns);
  }
}
