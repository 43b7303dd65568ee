package dev.hadal.kernels;

import dev.hadal.tensor.Tensor;

/** {@link Embedding}, an element at a time. */
record ReferenceEmbedding(Arithmetic arithmetic) implements Embedding {
  @Override
  public void forward(Tensor table_VD, int[] ids_T, boolean bfloat16, Tensor out_TD) {
    int width = table_VD.columns();
    arithmetic.require("embedding.forward table", table_VD, table_VD.rows(), width);
    arithmetic.require("embedding.forward out", out_TD, ids_T.length, width);
    requireIds(ids_T, table_VD.rows());
    for (int t = 0; t < ids_T.length; t++) {
      for (int i = 0; i < width; i++) {
        double value = arithmetic.load(table_VD, (long) ids_T[t] * width + i);
        arithmetic.store(
            out_TD, (long) t * width + i, bfloat16 ? arithmetic.toBFloat16(value) : value);
      }
    }
  }

  @Override
  public void backward(Tensor dout_TD, int[] ids_T, Tensor dtable_VD) {
    int width = dtable_VD.columns();
    arithmetic.require("embedding.backward dout", dout_TD, ids_T.length, width);
    arithmetic.require("embedding.backward dtable", dtable_VD, dtable_VD.rows(), width);
    requireIds(ids_T, dtable_VD.rows());
    dtable_VD.data().fill((byte) 0);
    for (int t = 0; t < ids_T.length; t++) {
      for (int i = 0; i < width; i++) {
        long at = (long) ids_T[t] * width + i;
        double dout = arithmetic.load(dout_TD, (long) t * width + i);
        arithmetic.store(dtable_VD, at, arithmetic.add(arithmetic.load(dtable_VD, at), dout));
      }
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
