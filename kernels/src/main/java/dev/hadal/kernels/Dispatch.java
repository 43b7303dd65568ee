package dev.hadal.kernels;

import dev.hadal.tensor.Tensor;

/**
 * Which row of the expert-sorted batch each (token, slot) pair has. Rows are sorted by expert, and
 * by token inside an expert, so an expert sees its tokens in token order. Integers only: the same
 * for every implementation.
 *
 * @param tokens T
 * @param chosen K
 * @param experts E
 * @param offsets expert e owns rows [offsets[e], offsets[e+1]); length E + 1, ends at T K
 * @param rowToken token of each row
 * @param rowSlot slot (0..K-1) of each row
 * @param rowOf row of (token, slot) at [token * K + slot]
 */
public record Dispatch(
    int tokens,
    int chosen,
    int experts,
    int[] offsets,
    int[] rowToken,
    int[] rowSlot,
    int[] rowOf) {

  /** Sorts the routing's choices. */
  public static Dispatch of(Tensor index_TK, int experts) {
    int tokens = index_TK.rows();
    int chosen = index_TK.columns();
    int rows = tokens * chosen;
    int[] index = index_TK.toInts();
    int[] offsets = new int[experts + 1];
    for (int expert : index) {
      offsets[expert + 1]++;
    }
    for (int e = 0; e < experts; e++) {
      offsets[e + 1] += offsets[e];
    }
    int[] next = offsets.clone();
    int[] rowToken = new int[rows];
    int[] rowSlot = new int[rows];
    int[] rowOf = new int[rows];
    for (int pair = 0; pair < rows; pair++) {
      int row = next[index[pair]]++;
      rowToken[row] = pair / chosen;
      rowSlot[row] = pair % chosen;
      rowOf[pair] = row;
    }
    return new Dispatch(tokens, chosen, experts, offsets, rowToken, rowSlot, rowOf);
  }

  /** The number of rows that an expert received. */
  public int load(int expert) {
    return offsets[expert + 1] - offsets[expert];
  }

  /** The number of rows, T K. */
  public int rows() {
    return rowToken.length;
  }
}
