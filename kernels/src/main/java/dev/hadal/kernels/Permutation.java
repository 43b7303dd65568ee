package dev.hadal.kernels;

import dev.hadal.tensor.Tensor;

/** Moving token rows to expert order and back: the local part of dispatch and combine. */
public interface Permutation {
  /** out [R, D] row r = x [T, D] row rows[r]; x of any element type. */
  void gather(Tensor x_TD, int[] rows, Tensor out_RD);

  /**
   * Adds the experts' rows of each token to its base row, in ascending expert order inside each of
   * {@code groups} equal groups of consecutive experts, and the groups in ascending order: {@code
   * partial_g = v_first + v_next + …}, {@code out = ((base + partial_0) + partial_1) + …}, a group
   * without a chosen expert left out; {@code v = weight * row} (one rounding), or the row itself
   * without weights. With {@code bfloat16} every v is rounded to BF16, and every partial too where
   * there is more than one group (DeepSeek-V3 report §3.3.3: combine in BF16).
   *
   * <p>Since chosen indices ascend with the slot, slots 0..K-1 are in expert order.
   *
   * @param rows_RD the experts' rows
   * @param weight_TK weights of (token, slot), or null
   * @param base_TD start of the sum, or null for zero (then out = partial_0 + …)
   * @param out_TD set; may be base_TD
   */
  void combine(
      Tensor rows_RD,
      Dispatch dispatch,
      Tensor index_TK,
      @org.jspecify.annotations.Nullable Tensor weight_TK,
      @org.jspecify.annotations.Nullable Tensor base_TD,
      int groups,
      boolean bfloat16,
      Tensor out_TD);

  /** out [R, D] = weight of the row's (token, slot) * row; may be in place. */
  void scaleRows(Tensor rows_RD, Dispatch dispatch, Tensor weight_TK, Tensor out_RD);

  /** out_TK at the row's (token, slot) = dot(a row, b row) by fma in the 16-lane layout. */
  void rowDots(Tensor a_RD, Tensor b_RD, Dispatch dispatch, Tensor out_TK);
}
