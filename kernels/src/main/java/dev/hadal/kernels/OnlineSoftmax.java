package dev.hadal.kernels;

import static dev.hadal.kernels.Simd.FLOATS;
import static dev.hadal.kernels.Simd.INTS;
import static dev.hadal.kernels.Simd.LANES;
import static dev.hadal.kernels.Simd.WIDTH;
import static dev.hadal.kernels.Simd.broadcast;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/**
 * The recurrence of the online softmax (Milakov and Gimelshein, arXiv 1805.02867) for many columns,
 * each a query, over blocks of 64 keys, the rows.
 *
 * <p>Since keys are rows, the maximum and the sum of a query run down a column: every lane is
 * another query and nothing is ever added across lanes. The 16 lanes of the fixed layout are 16
 * interleaved sets of rows.
 */
final class OnlineSoftmax {
  /** Keys in a block. */
  static final int KEYS = 64;

  /** Running maximum of each column. */
  final float[] maximum;

  /** Running sum of each column. */
  final float[] sum;

  /** The factor by which a column's earlier sums shrink with the present block. */
  final float[] shrink;

  private final float[] lanes = new float[LANES * WIDTH];
  private final float[] highest = new float[WIDTH];

  /**
   * Room for some columns.
   *
   * @param columns a multiple of 16
   */
  OnlineSoftmax(int columns) {
    maximum = new float[columns];
    sum = new float[columns];
    shrink = new float[columns];
  }

  /** Starts the recurrence of all columns. */
  void start() {
    Arrays.fill(maximum, Float.NEGATIVE_INFINITY);
    Arrays.fill(sum, 0);
  }

  /**
   * One block: scores become unnormalised probabilities, in place.
   *
   * @param s scores [64, columns] at a stride, not yet scaled
   * @param stride elements from one key to the next
   * @param columns a multiple of 16
   * @param scale factor of the scores
   * @param limits the last key each column may see (-1: none), or null for all
   * @param first whether this is the first block
   */
  void block(
      float[] s, int stride, int columns, float scale, int @Nullable [] limits, boolean first) {
    for (int column = 0; column < columns; column += WIDTH) {
      if (limits == null) {
        scale(s, stride, column, scale, highest);
      } else {
        scaleMasked(s, stride, column, scale, limits, highest);
      }
      raiseMaximum(column, first);
      exponentials(s, stride, column, maximum);
      if (limits != null) {
        clearMasked(s, stride, column, limits);
      }
      addLanes(s, stride, column, lanes);
      addToSum(column);
    }
  }

  private static void scale(float[] s, int stride, int column, float scale, float[] highest) {
    FloatVector even = broadcast(Float.NEGATIVE_INFINITY);
    FloatVector odd = even;
    for (int j = 0, at = column; j < KEYS; j += 2, at += 2 * stride) {
      FloatVector first = FloatVector.fromArray(FLOATS, s, at).mul(scale);
      FloatVector second = FloatVector.fromArray(FLOATS, s, at + stride).mul(scale);
      first.intoArray(s, at);
      second.intoArray(s, at + stride);
      even = even.max(first);
      odd = odd.max(second);
    }
    even.max(odd).intoArray(highest, 0);
  }

  private static void scaleMasked(
      float[] s, int stride, int column, float scale, int[] limits, float[] highest) {
    IntVector limit = IntVector.fromArray(INTS, limits, column);
    FloatVector lowest = broadcast(Float.NEGATIVE_INFINITY);
    FloatVector most = lowest;
    for (int j = 0, at = column; j < KEYS; j++, at += stride) {
      FloatVector scaled = FloatVector.fromArray(FLOATS, s, at).mul(scale);
      scaled.intoArray(s, at);
      VectorMask<Float> hidden = limit.compare(VectorOperators.LT, j).cast(FLOATS);
      most = most.max(scaled.blend(lowest, hidden));
    }
    most.intoArray(highest, 0);
  }

  private void raiseMaximum(int column, boolean first) {
    FloatVector old = FloatVector.fromArray(FLOATS, maximum, column);
    FloatVector next = old.max(FloatVector.fromArray(FLOATS, highest, 0));
    next.intoArray(maximum, column);
    if (first) {
      broadcast(0).intoArray(shrink, column);
    } else {
      VectorMath.exp(old.sub(next)).intoArray(shrink, column);
    }
  }

  private static void exponentials(float[] s, int stride, int column, float[] maximum) {
    FloatVector highest = FloatVector.fromArray(FLOATS, maximum, column);
    for (int j = 0, at = column; j < KEYS; j++, at += stride) {
      VectorMath.exp(FloatVector.fromArray(FLOATS, s, at).sub(highest)).intoArray(s, at);
    }
  }

  private static void clearMasked(float[] s, int stride, int column, int[] limits) {
    IntVector limit = IntVector.fromArray(INTS, limits, column);
    for (int j = 0, at = column; j < KEYS; j++, at += stride) {
      VectorMask<Float> hidden = limit.compare(VectorOperators.LT, j).cast(FLOATS);
      FloatVector.fromArray(FLOATS, s, at).blend(0, hidden).intoArray(s, at);
    }
  }

  /** Each of the 16 lanes' sum over its keys. */
  private static void addLanes(float[] s, int stride, int column, float[] lanes) {
    for (int lane = 0; lane < LANES; lane++) {
      FloatVector value = FloatVector.zero(FLOATS);
      for (int j = lane, at = column + lane * stride; j < KEYS; j += LANES, at += LANES * stride) {
        value = value.add(FloatVector.fromArray(FLOATS, s, at));
      }
      value.intoArray(lanes, lane * WIDTH);
    }
  }

  private void addToSum(int column) {
    for (int half = LANES / 2; half > 0; half /= 2) {
      for (int at = 0; at < half * WIDTH; at += WIDTH) {
        FloatVector upper = FloatVector.fromArray(FLOATS, lanes, at + half * WIDTH);
        FloatVector.fromArray(FLOATS, lanes, at).add(upper).intoArray(lanes, at);
      }
    }
    FloatVector factor = FloatVector.fromArray(FLOATS, shrink, column);
    FloatVector total = FloatVector.fromArray(FLOATS, lanes, 0);
    FloatVector.fromArray(FLOATS, sum, column).fma(factor, total).intoArray(sum, column);
  }
}
