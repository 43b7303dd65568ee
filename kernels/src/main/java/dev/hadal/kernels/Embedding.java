package dev.hadal.kernels;

import dev.hadal.tensor.Tensor;

/** Token embedding. */
public interface Embedding {
  /** out [T, D] row t = table [V, D] row ids[t]; with {@code bfloat16} rounded to BF16. */
  void forward(Tensor table_VD, int[] ids_T, boolean bfloat16, Tensor out_TD);

  /**
   * dtable [V, D] = sum of the rows of dout of each id in token order, from +0; set (zero else).
   */
  void backward(Tensor dout_TD, int[] ids_T, Tensor dtable_VD);
}
