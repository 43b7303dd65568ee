package dev.hadal.kernels;

import static dev.hadal.kernels.Simd.FLOATS;
import static dev.hadal.kernels.Simd.LANES;
import static dev.hadal.kernels.Simd.WIDTH;
import static dev.hadal.kernels.Simd.broadcast;
import static dev.hadal.kernels.Simd.load;
import static dev.hadal.kernels.Simd.store;

import dev.hadal.numerics.ElementaryFunctions;
import dev.hadal.numerics.WideFunctions;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** {@link CrossEntropy} with lanes along a row; a row stays in cache for its three passes. */
final class VectorCrossEntropy implements CrossEntropy {
  private final ThreadTeam team;

  VectorCrossEntropy(ThreadTeam team) {
    this.team = team;
  }

  @Override
  public void forwardBackward(Tensor logits_TV, int[] targets_T, double factor, Tensor loss_T) {
    forEachTarget(
        logits_TV,
        targets_T,
        loss_T,
        (row, target, vocabulary) -> {
          MemorySegment x = logits_TV.data();
          long targetAt = row + 4L * target;
          if (target < 0) {
            x.asSlice(row, 4L * vocabulary).fill((byte) 0);
            return 0;
          }
          float targetLogit = x.get(Tensor.FLOAT, targetAt);
          float highest = maximum(x, row, vocabulary);
          float sum = exponentials(x, row, vocabulary, highest, true);
          scale(x, row, vocabulary, 1 / sum, (float) factor);
          x.set(Tensor.FLOAT, targetAt, x.get(Tensor.FLOAT, targetAt) - (float) factor);
          return highest + WideFunctions.log(sum) - targetLogit;
        });
  }

  @Override
  public void forward(Tensor logits_TV, int[] targets_T, Tensor loss_T) {
    forEachTarget(
        logits_TV,
        targets_T,
        loss_T,
        (row, target, vocabulary) -> {
          if (target < 0) {
            return 0;
          }
          MemorySegment x = logits_TV.data();
          float highest = maximum(x, row, vocabulary);
          float sum = exponentials(x, row, vocabulary, highest, false);
          return highest + WideFunctions.log(sum) - x.get(Tensor.FLOAT, row + 4L * target);
        });
  }

  /** The loss of the row at a byte offset. */
  @FunctionalInterface
  private interface RowLoss {
    float of(long row, int target, int vocabulary);
  }

  private void forEachTarget(Tensor logits_TV, int[] targets_T, Tensor loss_T, RowLoss rowLoss) {
    int vocabulary = logits_TV.columns();
    Sizes.require("crossEntropy logits", logits_TV, targets_T.length, vocabulary);
    Sizes.require("crossEntropy loss", loss_T, targets_T.length);
    for (int target : targets_T) {
      if (target < -1 || target >= vocabulary) {
        throw new IllegalArgumentException(
            "crossEntropy: expected targets below %d, got %d".formatted(vocabulary, target));
      }
    }
    team.split(
        targets_T.length,
        Sizes.grain(vocabulary),
        (from, to) -> {
          for (int t = from; t < to; t++) {
            loss_T.setFloat(t, rowLoss.of(4L * t * vocabulary, targets_T[t], vocabulary));
          }
        });
  }

  private static float maximum(MemorySegment x, long row, int n) {
    FloatVector first = broadcast(Float.NEGATIVE_INFINITY);
    FloatVector second = first;
    int i = 0;
    for (; i <= n - 2 * WIDTH; i += 2 * WIDTH) {
      first = first.max(load(x, row + 4L * i));
      second = second.max(load(x, row + 4L * (i + WIDTH)));
    }
    float highest = first.max(second).reduceLanes(VectorOperators.MAX);
    for (; i < n; i++) {
      highest = Math.max(highest, x.get(Tensor.FLOAT, row + 4L * i));
    }
    return highest;
  }

  /** The sum of exp(x - highest) in the 16-lane layout; with {@code keep} they replace x. */
  private static float exponentials(MemorySegment x, long row, int n, float highest, boolean keep) {
    float[] lanes = new float[LANES];
    int whole = n & -LANES;
    for (int lane = 0; lane < LANES; lane += WIDTH) {
      exponentialLanes(x, row, lane, whole, highest, keep, lanes);
    }
    for (int i = whole; i < n; i++) {
      float e = ElementaryFunctions.exp(x.get(Tensor.FLOAT, row + 4L * i) - highest);
      lanes[i - whole] += e;
      if (keep) {
        x.set(Tensor.FLOAT, row + 4L * i, e);
      }
    }
    return Simd.tree(lanes);
  }

  private static void exponentialLanes(
      MemorySegment x, long row, int lane, int whole, float highest, boolean keep, float[] lanes) {
    FloatVector shift = broadcast(highest);
    FloatVector sum = FloatVector.zero(FLOATS);
    for (int i = lane; i < whole; i += LANES) {
      long at = row + 4L * i;
      FloatVector e = VectorMath.exp(load(x, at).sub(shift));
      sum = sum.add(e);
      if (keep) {
        store(e, x, at);
      }
    }
    sum.intoArray(lanes, lane);
  }

  private static void scale(MemorySegment x, long row, int n, float first, float second) {
    int i = 0;
    for (; i <= n - WIDTH; i += WIDTH) {
      long at = row + 4L * i;
      store(load(x, at).mul(first).mul(second), x, at);
    }
    for (; i < n; i++) {
      long at = row + 4L * i;
      x.set(Tensor.FLOAT, at, x.get(Tensor.FLOAT, at) * first * second);
    }
  }
}
