package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Optional;

/**
 * {@link Embedding}: rounding and sums of rows as generated code, copies by the JVM ({@link
 * RowCopies}). Backward each thread owns columns and walks all tokens.
 */
final class GeneratedEmbedding implements Embedding {
  private final ThreadTeam team;
  private final RowFunctions functions;

  /** Makes the code; {@link #obstacle} must be empty. */
  GeneratedEmbedding(ThreadTeam team, CodeLoader loader) {
    this.team = team;
    functions = new RowFunctions(loader);
  }

  /** Why the code cannot be made; empty if it can. */
  static Optional<String> obstacle(CodeLoader loader) {
    return RowFunctions.obstacle(loader);
  }

  @Override
  public void forward(Tensor table_VD, int[] ids_T, boolean bfloat16, Tensor out_TD) {
    int columns = table_VD.columns();
    table_VD.requireType("embedding.forward table", DType.F32);
    Sizes.require("embedding.forward out", out_TD, ids_T.length, columns);
    requireIds(ids_T, table_VD.rows());
    if (!bfloat16) {
      RowCopies.gather(team, table_VD, ids_T, out_TD);
      return;
    }
    long table = Addresses.of("embedding.forward table", table_VD);
    long out = Addresses.of("embedding.forward out", out_TD);
    long bytes = (long) Float.BYTES * columns;
    try {
      team.split(
          ids_T.length,
          Sizes.grain(columns),
          (from, to) -> {
            for (int t = from; t < to; t++) {
              functions.round(table + ids_T[t] * bytes, out + t * bytes, columns);
            }
          });
    } finally {
      Reference.reachabilityFence(table_VD);
      Reference.reachabilityFence(out_TD);
    }
  }

  @Override
  public void backward(Tensor dout_TD, int[] ids_T, Tensor dtable_VD) {
    int columns = dtable_VD.columns();
    Sizes.require("embedding.backward dout", dout_TD, ids_T.length, columns);
    dtable_VD.requireType("embedding.backward dtable", DType.F32);
    requireIds(ids_T, dtable_VD.rows());
    long dout = Addresses.of("embedding.backward dout", dout_TD);
    long dtable = Addresses.of("embedding.backward dtable", dtable_VD);
    MemorySegment sums = dtable_VD.data();
    long bytes = (long) Float.BYTES * columns;
    try {
      team.split(
          dtable_VD.rows(),
          Sizes.grain(columns),
          (from, to) -> sums.asSlice(from * bytes, (to - from) * bytes).fill((byte) 0));
      team.split(
          columns,
          64,
          (from, to) -> {
            for (int t = 0; t < ids_T.length; t++) {
              long row = dtable + ids_T[t] * bytes + (long) Float.BYTES * from;
              functions.add(row, dout + t * bytes + (long) Float.BYTES * from, row, to - from);
            }
          });
    } finally {
      Reference.reachabilityFence(dout_TD);
      Reference.reachabilityFence(dtable_VD);
    }
  }

  private static void requireIds(int[] ids, int vocabulary) {
    for (int id : ids) {
      if (id < 0 || id >= vocabulary) {
        throw new IllegalArgumentException(
            "embedding: expected ids below %d, got %d".formatted(vocabulary, id));
      }
    }
  }
}
