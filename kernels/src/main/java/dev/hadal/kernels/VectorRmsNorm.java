package dev.hadal.kernels;

import static dev.hadal.kernels.Simd.LANES;
import static dev.hadal.kernels.Simd.WIDTH;
import static dev.hadal.kernels.Simd.broadcast;
import static dev.hadal.kernels.Simd.load;
import static dev.hadal.kernels.Simd.store;

import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/** {@link RmsNorm} with lanes along a row; the weight gradient's lanes run along its columns. */
final class VectorRmsNorm implements RmsNorm {
  private final ThreadTeam team;

  VectorRmsNorm(ThreadTeam team) {
    this.team = team;
  }

  @Override
  public void forward(Tensor x_TD, Tensor w_D, double eps, Tensor y_TD, Tensor r_T) {
    int rows = x_TD.rows();
    int columns = x_TD.columns();
    Sizes.require("rmsNorm.forward x", x_TD, rows, columns);
    Sizes.require("rmsNorm.forward w", w_D, columns);
    Sizes.require("rmsNorm.forward y", y_TD, rows, columns);
    Sizes.require("rmsNorm.forward r", r_T, rows);
    MemorySegment x = x_TD.data();
    team.split(
        rows,
        Sizes.grain(columns),
        (from, to) -> {
          for (int t = from; t < to; t++) {
            long row = 4L * t * columns;
            float squares = Simd.dot(x, row, x, row, columns);
            float r = 1 / (float) Math.sqrt(squares / columns + (float) eps);
            r_T.setFloat(t, r);
            scaleRow(x, row, r, w_D.data(), y_TD.data(), columns);
          }
        });
  }

  private static void scaleRow(
      MemorySegment x, long row, float r, MemorySegment w, MemorySegment y, int columns) {
    FloatVector factor = broadcast(r);
    int i = 0;
    for (; i <= columns - WIDTH; i += WIDTH) {
      long at = row + 4L * i;
      store(load(x, at).mul(factor).mul(load(w, 4L * i)), y, at);
    }
    for (; i < columns; i++) {
      long at = row + 4L * i;
      y.set(Tensor.FLOAT, at, x.get(Tensor.FLOAT, at) * r * w.get(Tensor.FLOAT, 4L * i));
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
    MemorySegment x = x_TD.data();
    MemorySegment w = w_D.data();
    MemorySegment dy = dy_TD.data();
    team.split(
        rows,
        Sizes.grain(columns),
        (from, to) -> {
          for (int t = from; t < to; t++) {
            long row = 4L * t * columns;
            float r = r_T.getFloat(t);
            float s = weightedDot(x, w, dy, row, columns);
            float c = s * r * r / columns;
            inputRow(x, w, dy, dx_TD.data(), row, columns, r, c, add);
          }
        });
  }

  private static float weightedDot(
      MemorySegment x, MemorySegment w, MemorySegment dy, long row, int columns) {
    float[] lanes = new float[LANES];
    int whole = columns & -LANES;
    for (int lane = 0; lane < LANES; lane += WIDTH) {
      weightedLanes(x, w, dy, row, whole, lane, lanes);
    }
    for (int i = whole; i < columns; i++) {
      long at = row + 4L * i;
      float g = dy.get(Tensor.FLOAT, at) * w.get(Tensor.FLOAT, 4L * i);
      lanes[i - whole] = Math.fma(g, x.get(Tensor.FLOAT, at), lanes[i - whole]);
    }
    return Simd.tree(lanes);
  }

  private static void weightedLanes(
      MemorySegment x,
      MemorySegment w,
      MemorySegment dy,
      long row,
      int whole,
      int lane,
      float[] lanes) {
    FloatVector sum = FloatVector.zero(Simd.FLOATS);
    for (int i = lane; i < whole; i += LANES) {
      long at = row + 4L * i;
      sum = load(dy, at).mul(load(w, 4L * i)).fma(load(x, at), sum);
    }
    sum.intoArray(lanes, lane);
  }

  private static void inputRow(
      MemorySegment x,
      MemorySegment w,
      MemorySegment dy,
      MemorySegment dx,
      long row,
      int columns,
      float r,
      float c,
      boolean add) {
    FloatVector factor = broadcast(r);
    FloatVector minusC = broadcast(-c);
    int i = 0;
    for (; i <= columns - WIDTH; i += WIDTH) {
      long at = row + 4L * i;
      FloatVector g = load(dy, at).mul(load(w, 4L * i));
      FloatVector value = load(x, at).fma(minusC, g).mul(factor);
      store(add ? load(dx, at).add(value) : value, dx, at);
    }
    for (; i < columns; i++) {
      long at = row + 4L * i;
      float g = dy.get(Tensor.FLOAT, at) * w.get(Tensor.FLOAT, 4L * i);
      float value = r * Math.fma(-x.get(Tensor.FLOAT, at), c, g);
      dx.set(Tensor.FLOAT, at, add ? dx.get(Tensor.FLOAT, at) + value : value);
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
    team.split(
        columns,
        64,
        (from, to) -> {
          dw_D.data().asSlice(4L * from, 4L * (to - from)).fill((byte) 0);
          for (int t = 0; t < rows; t++) {
            weightRow(
                x_TD.data(),
                dy_TD.data(),
                4L * t * columns,
                r_T.getFloat(t),
                dw_D.data(),
                from,
                to);
          }
        });
  }

  private static void weightRow(
      MemorySegment x, MemorySegment dy, long row, float r, MemorySegment dw, int from, int to) {
    FloatVector factor = broadcast(r);
    int i = from;
    for (; i <= to - WIDTH; i += WIDTH) {
      long at = row + 4L * i;
      FloatVector sum = load(dw, 4L * i);
      store(load(dy, at).fma(load(x, at).mul(factor), sum), dw, 4L * i);
    }
    for (; i < to; i++) {
      long at = row + 4L * i;
      float sum = dw.get(Tensor.FLOAT, 4L * i);
      float normal = x.get(Tensor.FLOAT, at) * r;
      dw.set(Tensor.FLOAT, 4L * i, Math.fma(dy.get(Tensor.FLOAT, at), normal, sum));
    }
  }
}
