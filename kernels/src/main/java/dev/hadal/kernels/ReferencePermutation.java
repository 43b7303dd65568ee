package dev.hadal.kernels;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** {@link Permutation}, a row or an element at a time. */
record ReferencePermutation(Arithmetic arithmetic) implements Permutation {
  @Override
  public void gather(Tensor x_TD, int[] rows, Tensor out_RD) {
    out_RD.requireType("gather out", x_TD.dtype());
    out_RD.requireShape("gather out", rows.length, x_TD.columns());
    long bytes = (long) x_TD.dtype().bytes() * x_TD.columns();
    for (int r = 0; r < rows.length; r++) {
      if (rows[r] < 0 || rows[r] >= x_TD.rows()) {
        throw new IllegalArgumentException(
            "gather: expected rows below %d, got %d".formatted(x_TD.rows(), rows[r]));
      }
      MemorySegment.copy(x_TD.data(), rows[r] * bytes, out_RD.data(), r * bytes, bytes);
    }
  }

  @Override
  public void combine(
      Tensor rows_RD,
      Dispatch dispatch,
      Tensor index_TK,
      @Nullable Tensor weight_TK,
      @Nullable Tensor base_TD,
      int groups,
      boolean bfloat16,
      Tensor out_TD) {
    int tokens = dispatch.tokens();
    int chosen = dispatch.chosen();
    int width = out_TD.columns();
    requireCombine(arithmetic, rows_RD, dispatch, index_TK, weight_TK, base_TD, groups, out_TD);
    int groupSize = dispatch.experts() / groups;
    for (int t = 0; t < tokens; t++) {
      for (int i = 0; i < width; i++) {
        boolean started = base_TD != null;
        double sum = base_TD == null ? 0 : arithmetic.load(base_TD, (long) t * width + i);
        int k = 0;
        while (k < chosen) {
          int group = index_TK.getInt((long) t * chosen + k) / groupSize;
          double partial = term(rows_RD, dispatch, weight_TK, t * chosen + k, i, bfloat16);
          for (k++;
              k < chosen && index_TK.getInt((long) t * chosen + k) / groupSize == group;
              k++) {
            double term = term(rows_RD, dispatch, weight_TK, t * chosen + k, i, bfloat16);
            partial = arithmetic.add(partial, term);
          }
          if (bfloat16 && groups > 1) {
            partial = arithmetic.toBFloat16(partial);
          }
          sum = started ? arithmetic.add(sum, partial) : partial;
          started = true;
        }
        arithmetic.store(out_TD, (long) t * width + i, sum);
      }
    }
  }

  private double term(
      Tensor rows_RD,
      Dispatch dispatch,
      @Nullable Tensor weight_TK,
      int pair,
      int column,
      boolean bfloat16) {
    long row = (long) dispatch.rowOf()[pair] * rows_RD.columns();
    double value = arithmetic.load(rows_RD, row + column);
    if (weight_TK != null) {
      value = arithmetic.mul(arithmetic.load(weight_TK, pair), value);
    }
    return bfloat16 ? arithmetic.toBFloat16(value) : value;
  }

  @Override
  public void scaleRows(Tensor rows_RD, Dispatch dispatch, Tensor weight_TK, Tensor out_RD) {
    int rows = dispatch.rows();
    int width = rows_RD.columns();
    arithmetic.require("scaleRows rows", rows_RD, rows, width);
    arithmetic.require("scaleRows weight", weight_TK, dispatch.tokens(), dispatch.chosen());
    arithmetic.require("scaleRows out", out_RD, rows, width);
    for (int r = 0; r < rows; r++) {
      double weight = arithmetic.load(weight_TK, pair(dispatch, r));
      for (int i = 0; i < width; i++) {
        long at = (long) r * width + i;
        arithmetic.store(out_RD, at, arithmetic.mul(weight, arithmetic.load(rows_RD, at)));
      }
    }
  }

  @Override
  public void rowDots(Tensor a_RD, Tensor b_RD, Dispatch dispatch, Tensor out_TK) {
    int rows = dispatch.rows();
    int width = a_RD.columns();
    arithmetic.require("rowDots a", a_RD, rows, width);
    arithmetic.require("rowDots b", b_RD, rows, width);
    arithmetic.require("rowDots out", out_TK, dispatch.tokens(), dispatch.chosen());
    for (int r = 0; r < rows; r++) {
      double[] a = arithmetic.row(a_RD, r);
      double[] b = arithmetic.row(b_RD, r);
      arithmetic.store(out_TK, pair(dispatch, r), arithmetic.dot(a, 0, b, 0, width));
    }
  }

  private static long pair(Dispatch dispatch, int row) {
    return (long) dispatch.rowToken()[row] * dispatch.chosen() + dispatch.rowSlot()[row];
  }

  /** Checks what every tier combines. */
  static void requireCombine(
      Arithmetic arithmetic,
      Tensor rows_RD,
      Dispatch dispatch,
      Tensor index_TK,
      @Nullable Tensor weight_TK,
      @Nullable Tensor base_TD,
      int groups,
      Tensor out_TD) {
    int tokens = dispatch.tokens();
    int chosen = dispatch.chosen();
    int columns = out_TD.columns();
    arithmetic.require("combine rows", rows_RD, dispatch.rows(), columns);
    arithmetic.require("combine out", out_TD, tokens, columns);
    index_TK.requireType("combine index", DType.I32);
    index_TK.requireShape("combine index", tokens, chosen);
    if (weight_TK != null) {
      arithmetic.require("combine weight", weight_TK, tokens, chosen);
    }
    if (base_TD != null) {
      arithmetic.require("combine base", base_TD, tokens, columns);
    }
    if (groups < 1 || dispatch.experts() % groups != 0) {
      throw new IllegalArgumentException(
          "combine: %d experts do not form %d groups".formatted(dispatch.experts(), groups));
    }
  }
}
