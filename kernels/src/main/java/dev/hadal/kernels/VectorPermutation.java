package dev.hadal.kernels;

import static dev.hadal.kernels.Simd.WIDTH;
import static dev.hadal.kernels.Simd.broadcast;
import static dev.hadal.kernels.Simd.load;
import static dev.hadal.kernels.Simd.store;

import dev.hadal.numerics.BFloat16;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/** {@link Permutation} with lanes along a row: one pass over the rows, sums in registers. */
final class VectorPermutation implements Permutation {
  private final ThreadTeam team;

  VectorPermutation(ThreadTeam team) {
    this.team = team;
  }

  @Override
  public void gather(Tensor x_TD, int[] rows, Tensor out_RD) {
    RowCopies.gather(team, x_TD, rows, out_RD);
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
    int columns = out_TD.columns();
    ReferencePermutation.requireCombine(
        Arithmetic.FP32, rows_RD, dispatch, index_TK, weight_TK, base_TD, groups, out_TD);
    Combine combine =
        new Combine(
            rows_RD,
            dispatch,
            index_TK,
            weight_TK,
            base_TD,
            dispatch.experts() / groups,
            bfloat16,
            bfloat16 && groups > 1,
            out_TD);
    team.split(
        tokens,
        Sizes.grain(columns * Math.max(1, chosen)),
        (from, to) -> {
          float[] sum = new float[columns];
          float[] partial = new float[columns];
          for (int t = from; t < to; t++) {
            combine.token(t, sum, partial);
          }
        });
  }

  /** What all tokens of one combine share. */
  private record Combine(
      Tensor rows,
      Dispatch dispatch,
      Tensor index,
      @Nullable Tensor weight,
      @Nullable Tensor base,
      int groupSize,
      boolean roundTerms,
      boolean roundPartials,
      Tensor out) {

    void token(int t, float[] sum, float[] partial) {
      int columns = sum.length;
      int chosen = dispatch.chosen();
      boolean started = base != null;
      if (base != null) {
        MemorySegment.copy(base.data(), Tensor.FLOAT, 4L * t * columns, sum, 0, columns);
      }
      int k = 0;
      while (k < chosen) {
        int group = group(t, k);
        addTerm(t, k, partial, true);
        for (k++; k < chosen && group(t, k) == group; k++) {
          addTerm(t, k, partial, false);
        }
        if (roundPartials) {
          BFloat16Rows.round(partial, 0, columns);
        }
        addPartial(sum, partial, started);
        started = true;
      }
      if (!started) {
        java.util.Arrays.fill(sum, 0);
      }
      MemorySegment.copy(sum, 0, out.data(), Tensor.FLOAT, 4L * t * columns, columns);
    }

    private int group(int t, int k) {
      return index.getInt((long) t * dispatch.chosen() + k) / groupSize;
    }

    private void addTerm(int t, int k, float[] partial, boolean first) {
      int pair = t * dispatch.chosen() + k;
      long row = 4L * dispatch.rowOf()[pair] * partial.length;
      float factor = weight == null ? 1 : weight.getFloat(pair);
      if (roundTerms) {
        addRoundedRow(rows.data(), row, factor, partial, first);
      } else {
        addRow(rows.data(), row, factor, partial, first);
      }
    }
  }

  private static void addRow(
      MemorySegment rows, long row, float factor, float[] partial, boolean first) {
    int n = partial.length;
    int i = 0;
    for (; i <= n - WIDTH; i += WIDTH) {
      FloatVector term = load(rows, row + 4L * i).mul(factor);
      FloatVector sum = first ? term : FloatVector.fromArray(Simd.FLOATS, partial, i).add(term);
      sum.intoArray(partial, i);
    }
    for (; i < n; i++) {
      float term = rows.get(Tensor.FLOAT, row + 4L * i) * factor;
      partial[i] = first ? term : partial[i] + term;
    }
  }

  private static void addRoundedRow(
      MemorySegment rows, long row, float factor, float[] partial, boolean first) {
    int n = partial.length;
    int i = 0;
    for (; i <= n - WIDTH; i += WIDTH) {
      FloatVector term = BFloat16Rows.round(load(rows, row + 4L * i).mul(factor));
      FloatVector sum = first ? term : FloatVector.fromArray(Simd.FLOATS, partial, i).add(term);
      sum.intoArray(partial, i);
    }
    for (; i < n; i++) {
      float term = BFloat16.round(rows.get(Tensor.FLOAT, row + 4L * i) * factor);
      partial[i] = first ? term : partial[i] + term;
    }
  }

  private static void addPartial(float[] sum, float[] partial, boolean started) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] = started ? sum[i] + partial[i] : partial[i];
    }
  }

  @Override
  public void scaleRows(Tensor rows_RD, Dispatch dispatch, Tensor weight_TK, Tensor out_RD) {
    int rows = dispatch.rows();
    int columns = rows_RD.columns();
    Sizes.require("scaleRows rows", rows_RD, rows, columns);
    Sizes.require("scaleRows weight", weight_TK, dispatch.tokens(), dispatch.chosen());
    Sizes.require("scaleRows out", out_RD, rows, columns);
    team.split(
        rows,
        Sizes.grain(columns),
        (from, to) -> {
          for (int r = from; r < to; r++) {
            float weight = weight_TK.getFloat(pair(dispatch, r));
            scaleRow(rows_RD.data(), out_RD.data(), 4L * r * columns, weight, columns);
          }
        });
  }

  private static void scaleRow(
      MemorySegment x, MemorySegment out, long row, float weight, int columns) {
    FloatVector factor = broadcast(weight);
    int i = 0;
    for (; i <= columns - WIDTH; i += WIDTH) {
      store(load(x, row + 4L * i).mul(factor), out, row + 4L * i);
    }
    for (; i < columns; i++) {
      long at = row + 4L * i;
      out.set(Tensor.FLOAT, at, x.get(Tensor.FLOAT, at) * weight);
    }
  }

  @Override
  public void rowDots(Tensor a_RD, Tensor b_RD, Dispatch dispatch, Tensor out_TK) {
    int rows = dispatch.rows();
    int columns = a_RD.columns();
    Sizes.require("rowDots a", a_RD, rows, columns);
    Sizes.require("rowDots b", b_RD, rows, columns);
    Sizes.require("rowDots out", out_TK, dispatch.tokens(), dispatch.chosen());
    team.split(
        rows,
        Sizes.grain(columns),
        (from, to) -> {
          for (int r = from; r < to; r++) {
            long row = 4L * r * columns;
            float dot = Simd.dot(a_RD.data(), row, b_RD.data(), row, columns);
            out_TK.setFloat(pair(dispatch, r), dot);
          }
        });
  }

  private static long pair(Dispatch dispatch, int row) {
    return (long) dispatch.rowToken()[row] * dispatch.chosen() + dispatch.rowSlot()[row];
  }
}
