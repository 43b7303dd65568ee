package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.tensor.Tensor;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;
import java.util.Optional;

/** {@link RmsNorm} as generated code. */
final class GeneratedRmsNorm implements RmsNorm {
  /** Rows whose share of the weight gradient is added in a call. */
  private static final int ROWS = 4;

  /** Columns of the weight gradient that are worth a thread. */
  private static final int COLUMNS = 64;

  private final ThreadTeam team;
  private final Later<MethodHandle> forward;
  private final Later<MethodHandle> setInput;
  private final Later<MethodHandle> addInput;
  private final Later<MethodHandle> weightOfRows;
  private final Later<MethodHandle> weightOfRow;

  /** Makes the code; {@link #obstacle} must be empty. */
  GeneratedRmsNorm(ThreadTeam team, CodeLoader loader) {
    this.team = team;
    forward = GeneratedCode.function(loader, RmsNormCode.FORWARD, RmsNormCode::forward);
    setInput =
        GeneratedCode.function(
            loader, RmsNormCode.BACKWARD_INPUT, () -> RmsNormCode.backwardInput(false));
    addInput =
        GeneratedCode.function(
            loader, RmsNormCode.BACKWARD_INPUT, () -> RmsNormCode.backwardInput(true));
    weightOfRows =
        GeneratedCode.function(
            loader,
            RmsNormCode.backwardWeightSignature(ROWS),
            () -> RmsNormCode.backwardWeight(ROWS));
    weightOfRow =
        GeneratedCode.function(
            loader, RmsNormCode.backwardWeightSignature(1), () -> RmsNormCode.backwardWeight(1));
  }

  /** Why the code cannot be made; empty if it can. */
  static Optional<String> obstacle(CodeLoader loader) {
    return GeneratedCode.obstacle(
        loader,
        RmsNormCode.forward(),
        RmsNormCode.backwardInput(true),
        RmsNormCode.backwardWeight(ROWS));
  }

  @Override
  public void forward(Tensor x_TD, Tensor w_D, double eps, Tensor y_TD, Tensor r_T) {
    int rows = x_TD.rows();
    int columns = x_TD.columns();
    Sizes.require("rmsNorm.forward x", x_TD, rows, columns);
    Sizes.require("rmsNorm.forward w", w_D, columns);
    Sizes.require("rmsNorm.forward y", y_TD, rows, columns);
    Sizes.require("rmsNorm.forward r", r_T, rows);
    long x = Addresses.of("rmsNorm.forward x", x_TD);
    long w = Addresses.of("rmsNorm.forward w", w_D);
    long y = Addresses.of("rmsNorm.forward y", y_TD);
    try {
      team.split(
          rows,
          Sizes.grain(columns),
          (from, to) -> {
            for (int t = from; t < to; t++) {
              long row = 4L * t * columns;
              r_T.setFloat(t, forward(x + row, w, y + row, columns, (float) eps));
            }
          });
    } finally {
      Reference.reachabilityFence(x_TD);
      Reference.reachabilityFence(w_D);
      Reference.reachabilityFence(y_TD);
    }
  }

  private float forward(long x, long w, long y, int columns, float eps) {
    try {
      return (float) forward.get().invokeExact(x, w, y, (long) columns, eps, (float) columns);
    } catch (Throwable e) {
      throw GeneratedCode.unexpected(e);
    }
  }

  @Override
  public void backwardInput(
      Tensor x_TD, Tensor w_D, Tensor r_T, Tensor dy_TD, Tensor dx_TD, boolean add) {
    int rows = x_TD.rows();
    int columns = x_TD.columns();
    Sizes.require("rmsNorm.backwardInput x", x_TD, rows, columns);
    Sizes.require("rmsNorm.backwardInput w", w_D, columns);
    Sizes.require("rmsNorm.backwardInput r", r_T, rows);
    Sizes.require("rmsNorm.backwardInput dy", dy_TD, rows, columns);
    Sizes.require("rmsNorm.backwardInput dx", dx_TD, rows, columns);
    long x = Addresses.of("rmsNorm.backwardInput x", x_TD);
    long w = Addresses.of("rmsNorm.backwardInput w", w_D);
    long dy = Addresses.of("rmsNorm.backwardInput dy", dy_TD);
    long dx = Addresses.of("rmsNorm.backwardInput dx", dx_TD);
    MethodHandle code = (add ? addInput : setInput).get();
    try {
      team.split(
          rows,
          Sizes.grain(columns),
          (from, to) -> {
            for (int t = from; t < to; t++) {
              long row = 4L * t * columns;
              backwardInput(code, x + row, w, dy + row, dx + row, columns, r_T.getFloat(t));
            }
          });
    } finally {
      Reference.reachabilityFence(x_TD);
      Reference.reachabilityFence(w_D);
      Reference.reachabilityFence(dy_TD);
      Reference.reachabilityFence(dx_TD);
    }
  }

  private static void backwardInput(
      MethodHandle code, long x, long w, long dy, long dx, int columns, float r) {
    try {
      code.invokeExact(x, w, dy, dx, (long) columns, r, (float) columns);
    } catch (Throwable e) {
      throw GeneratedCode.unexpected(e);
    }
  }

  @Override
  public void backwardWeight(Tensor x_TD, Tensor r_T, Tensor dy_TD, Tensor dw_D) {
    int rows = x_TD.rows();
    int columns = x_TD.columns();
    Sizes.require("rmsNorm.backwardWeight x", x_TD, rows, columns);
    Sizes.require("rmsNorm.backwardWeight r", r_T, rows);
    Sizes.require("rmsNorm.backwardWeight dy", dy_TD, rows, columns);
    Sizes.require("rmsNorm.backwardWeight dw", dw_D, columns);
    long x = Addresses.of("rmsNorm.backwardWeight x", x_TD);
    long dy = Addresses.of("rmsNorm.backwardWeight dy", dy_TD);
    long dw = Addresses.of("rmsNorm.backwardWeight dw", dw_D);
    try {
      team.split(
          columns,
          COLUMNS,
          (from, to) -> {
            dw_D.data().asSlice(4L * from, 4L * (to - from)).fill((byte) 0);
            long at = 4L * from;
            backwardWeight(x + at, r_T, dy + at, dw + at, to - from, 4L * columns);
          });
    } finally {
      Reference.reachabilityFence(x_TD);
      Reference.reachabilityFence(dy_TD);
      Reference.reachabilityFence(dw_D);
    }
  }

  private void backwardWeight(long x, Tensor r_T, long dy, long dw, long columns, long stride) {
    int rows = r_T.rows();
    int whole = rows - rows % ROWS;
    try {
      for (int t = 0; t < whole; t += ROWS) {
        weightOfRows
            .get()
            .invokeExact(
                x + t * stride,
                dy + t * stride,
                dw,
                columns,
                stride,
                r_T.getFloat(t),
                r_T.getFloat(t + 1),
                r_T.getFloat(t + 2),
                r_T.getFloat(t + 3));
      }
      for (int t = whole; t < rows; t++) {
        weightOfRow
            .get()
            .invokeExact(x + t * stride, dy + t * stride, dw, columns, stride, r_T.getFloat(t));
      }
    } catch (Throwable e) {
      throw GeneratedCode.unexpected(e);
    }
  }
}
