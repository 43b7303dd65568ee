package dev.hadal.kernels;

import static dev.hadal.kernels.Simd.INTS;
import static dev.hadal.kernels.Simd.WIDTH;

import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

/**
 * Transposes square blocks of as many 32-bit words a side as a vector has lanes.
 *
 * <p>Eklundh's scheme: for each power of two d below the width, the rows r and r + d of every pair
 * exchange the words whose column has the bit d in the first row with those whose column lacks it
 * in the second. After the last d row and column have changed places.
 */
final class Transposition {
  /** Words of a block. */
  static final int BLOCK = WIDTH * WIDTH;

  private Transposition() {}

  /** Transposes a block [WIDTH, WIDTH] in place. */
  static void transpose(int[] block) {
    for (int distance = WIDTH / 2; distance > 0; distance /= 2) {
      exchange(block, distance);
    }
  }

  private static void exchange(int[] block, int distance) {
    VectorMask<Integer> upper = columnsWith(distance);
    VectorShuffle<Integer> up = VectorShuffle.iota(INTS, -distance, 1, true);
    VectorShuffle<Integer> down = VectorShuffle.iota(INTS, distance, 1, true);
    for (int group = 0; group < WIDTH; group += 2 * distance) {
      for (int row = group; row < group + distance; row++) {
        IntVector first = IntVector.fromArray(INTS, block, row * WIDTH);
        IntVector second = IntVector.fromArray(INTS, block, (row + distance) * WIDTH);
        first.blend(second.rearrange(up), upper).intoArray(block, row * WIDTH);
        first.rearrange(down).blend(second, upper).intoArray(block, (row + distance) * WIDTH);
      }
    }
  }

  private static VectorMask<Integer> columnsWith(int bit) {
    long mask = 0;
    for (int column = 0; column < WIDTH; column++) {
      if ((column & bit) != 0) {
        mask |= 1L << column;
      }
    }
    return VectorMask.fromLong(INTS, mask);
  }
}
