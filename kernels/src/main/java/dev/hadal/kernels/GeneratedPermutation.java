package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.assembler.MachineCode;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * {@link Permutation}: sums and products as generated code, a row or a token a call; copies by the
 * JVM ({@link RowCopies}).
 */
final class GeneratedPermutation implements Permutation {
  /** By rounded terms (+ 1) and rounded partial sums (+ 2). */
  private static final int KINDS = 4;

  private final ThreadTeam team;
  private final RowFunctions functions;
  private final CodeTable combine;

  private final NativeBuffer terms = new NativeBuffer();

  /** Makes the code; {@link #obstacle} must be empty. */
  GeneratedPermutation(ThreadTeam team, CodeLoader loader) {
    this.team = team;
    functions = new RowFunctions(loader);
    combine =
        new CodeTable(
            loader,
            Arena.global(),
            CombineCode.SIGNATURE,
            KINDS - 1,
            GeneratedPermutation::combine);
  }

  private static MachineCode combine(int index) {
    return new CombineCode((index & 1) != 0, (index & 2) != 0).assemble();
  }

  /** Why the code of sums and products cannot be made; empty if it can. */
  static Optional<String> obstacle(CodeLoader loader) {
    List<MachineCode> codes = new ArrayList<>();
    for (int i = 0; i < KINDS; i++) {
      codes.add(combine(i));
    }
    return GeneratedCode.obstacle(loader, codes).or(() -> RowFunctions.obstacle(loader));
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
    if (chosen == 0) {
      copyOrClear(base_TD, out_TD);
      return;
    }
    Combine call =
        new Combine(
            combine.get((bfloat16 ? 1 : 0) + (bfloat16 && groups > 1 ? 2 : 0)),
            terms.of((long) tokens * chosen * CombineCode.TERM_BYTES),
            Addresses.of("combine rows", rows_RD),
            dispatch,
            index_TK,
            weight_TK,
            base_TD == null ? 0 : Addresses.of("combine base", base_TD),
            dispatch.experts() / groups,
            Addresses.of("combine out", out_TD),
            columns);
    try {
      team.split(
          tokens,
          Sizes.grain(columns * chosen),
          (from, to) -> {
            for (int t = from; t < to; t++) {
              call.token(t);
            }
          });
    } finally {
      Reference.reachabilityFence(rows_RD);
      Reference.reachabilityFence(base_TD);
      Reference.reachabilityFence(out_TD);
    }
  }

  private static void copyOrClear(@Nullable Tensor base_TD, Tensor out_TD) {
    if (base_TD == null) {
      out_TD.data().fill((byte) 0);
    } else {
      out_TD.copyFrom(base_TD);
    }
  }

  /** What all tokens of one combine share; addresses are bare. */
  private record Combine(
      MethodHandle code,
      MemorySegment terms,
      long rows,
      Dispatch dispatch,
      Tensor index,
      @Nullable Tensor weight,
      long base,
      int groupSize,
      long out,
      int columns) {
    void token(int t) {
      int chosen = dispatch.chosen();
      long rowBytes = (long) Float.BYTES * columns;
      long first = (long) t * chosen;
      for (int k = 0; k < chosen; k++) {
        int pair = t * chosen + k;
        int row = dispatch.rowOf()[pair];
        if (row < 0 || row >= dispatch.rows()) {
          throw new IllegalArgumentException(
              "combine: expected rows below %d, got %d".formatted(dispatch.rows(), row));
        }
        long term = CombineCode.TERM_BYTES * (first + k);
        boolean last = k + 1 == chosen || group(first + k) != group(first + k + 1);
        terms.set(Tensor.LONG, term + CombineCode.TERM_ROW, rows + row * rowBytes);
        float factor = weight == null ? 1 : weight.getFloat(pair);
        terms.set(Tensor.FLOAT, term + CombineCode.TERM_FACTOR, factor);
        terms.set(Tensor.INT, term + CombineCode.TERM_LAST, last ? 1 : 0);
      }
      try {
        code.invokeExact(
            terms.address() + CombineCode.TERM_BYTES * first,
            (long) chosen,
            base == 0 ? 0L : base + t * rowBytes,
            out + t * rowBytes,
            (long) columns);
      } catch (Throwable e) {
        throw GeneratedCode.unexpected(e);
      }
    }

    private int group(long pair) {
      return index.getInt(pair) / groupSize;
    }
  }

  @Override
  public void scaleRows(Tensor rows_RD, Dispatch dispatch, Tensor weight_TK, Tensor out_RD) {
    int rows = dispatch.rows();
    int columns = rows_RD.columns();
    Sizes.require("scaleRows rows", rows_RD, rows, columns);
    Sizes.require("scaleRows weight", weight_TK, dispatch.tokens(), dispatch.chosen());
    Sizes.require("scaleRows out", out_RD, rows, columns);
    long source = Addresses.of("scaleRows rows", rows_RD);
    long target = Addresses.of("scaleRows out", out_RD);
    try {
      team.split(
          rows,
          Sizes.grain(columns),
          (from, to) -> {
            for (int r = from; r < to; r++) {
              long row = (long) Float.BYTES * r * columns;
              float weight = weight_TK.getFloat(pair(dispatch, r));
              functions.scale(source + row, target + row, columns, weight);
            }
          });
    } finally {
      Reference.reachabilityFence(rows_RD);
      Reference.reachabilityFence(out_RD);
    }
  }

  @Override
  public void rowDots(Tensor a_RD, Tensor b_RD, Dispatch dispatch, Tensor out_TK) {
    int rows = dispatch.rows();
    int columns = a_RD.columns();
    Sizes.require("rowDots a", a_RD, rows, columns);
    Sizes.require("rowDots b", b_RD, rows, columns);
    Sizes.require("rowDots out", out_TK, dispatch.tokens(), dispatch.chosen());
    long left = Addresses.of("rowDots a", a_RD);
    long right = Addresses.of("rowDots b", b_RD);
    try {
      team.split(
          rows,
          Sizes.grain(columns),
          (from, to) -> {
            for (int r = from; r < to; r++) {
              long row = (long) Float.BYTES * r * columns;
              out_TK.setFloat(pair(dispatch, r), functions.dot(left + row, right + row, columns));
            }
          });
    } finally {
      Reference.reachabilityFence(a_RD);
      Reference.reachabilityFence(b_RD);
    }
  }

  private static long pair(Dispatch dispatch, int row) {
    return (long) dispatch.rowToken()[row] * dispatch.chosen() + dispatch.rowSlot()[row];
  }
}
