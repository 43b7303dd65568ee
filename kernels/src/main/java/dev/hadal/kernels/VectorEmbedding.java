package dev.hadal.kernels;

import static dev.hadal.kernels.Simd.WIDTH;
import static dev.hadal.kernels.Simd.load;
import static dev.hadal.kernels.Simd.store;

import dev.hadal.numerics.BFloat16;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** {@link Embedding}: rows forward; backward each thread owns columns and walks all tokens. */
final class VectorEmbedding implements Embedding {
  private final ThreadTeam team;

  VectorEmbedding(ThreadTeam team) {
    this.team = team;
  }

  @Override
  public void forward(Tensor table_VD, int[] ids_T, boolean bfloat16, Tensor out_TD) {
    int columns = table_VD.columns();
    table_VD.requireType("embedding.forward table", DType.F32);
    Sizes.require("embedding.forward out", out_TD, ids_T.length, columns);
    requireIds(ids_T, table_VD.rows());
    MemorySegment table = table_VD.data();
    MemorySegment out = out_TD.data();
    long bytes = 4L * columns;
    team.split(
        ids_T.length,
        Sizes.grain(columns),
        (from, to) -> {
          for (int t = from; t < to; t++) {
            if (bfloat16) {
              roundRow(table, ids_T[t] * bytes, out, t * bytes, columns);
            } else {
              MemorySegment.copy(table, ids_T[t] * bytes, out, t * bytes, bytes);
            }
          }
        });
  }

  private static void roundRow(
      MemorySegment table, long row, MemorySegment out, long outRow, int columns) {
    int i = 0;
    for (; i <= columns - WIDTH; i += WIDTH) {
      store(BFloat16Rows.round(load(table, row + 4L * i)), out, outRow + 4L * i);
    }
    for (; i < columns; i++) {
      float value = BFloat16.round(table.get(Tensor.FLOAT, row + 4L * i));
      out.set(Tensor.FLOAT, outRow + 4L * i, value);
    }
  }

  @Override
  public void backward(Tensor dout_TD, int[] ids_T, Tensor dtable_VD) {
    int columns = dtable_VD.columns();
    Sizes.require("embedding.backward dout", dout_TD, ids_T.length, columns);
    dtable_VD.requireType("embedding.backward dtable", DType.F32);
    requireIds(ids_T, dtable_VD.rows());
    MemorySegment dout = dout_TD.data();
    MemorySegment dtable = dtable_VD.data();
    long bytes = 4L * columns;
    team.split(
        dtable_VD.rows(),
        Sizes.grain(columns),
        (from, to) -> dtable.asSlice(from * bytes, (to - from) * bytes).fill((byte) 0));
    team.split(
        columns,
        64,
        (from, to) -> {
          for (int t = 0; t < ids_T.length; t++) {
            addRow(dout, t * bytes, dtable, ids_T[t] * bytes, from, to);
          }
        });
  }

  private static void addRow(
      MemorySegment dout, long row, MemorySegment dtable, long tableRow, int from, int to) {
    int i = from;
    for (; i <= to - WIDTH; i += WIDTH) {
      long at = tableRow + 4L * i;
      store(load(dtable, at).add(load(dout, row + 4L * i)), dtable, at);
    }
    for (; i < to; i++) {
      long at = tableRow + 4L * i;
      float value = dtable.get(Tensor.FLOAT, at) + dout.get(Tensor.FLOAT, row + 4L * i);
      dtable.set(Tensor.FLOAT, at, value);
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
