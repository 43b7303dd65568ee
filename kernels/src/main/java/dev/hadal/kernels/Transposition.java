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

  private static final Exchange EIGHT = new Exchange(8);
  private static final Exchange FOUR = new Exchange(4);
  private static final Exchange TWO = new Exchange(2);
  private static final Exchange ONE = new Exchange(1);

  private Transposition() {}

  /** Transposes a block [WIDTH, WIDTH] in place. */
  static void transpose(int[] block) {
    if (WIDTH > 8) {
      EIGHT.run(block);
    }
    if (WIDTH > 4) {
      FOUR.run(block);
    }
    if (WIDTH > 2) {
      TWO.run(block);
    }
    ONE.run(block);
  }

  /** The exchange between rows of one distance. */
  private record Exchange(
      int distance,
      VectorMask<Integer> upper,
      VectorShuffle<Integer> up,
      VectorShuffle<Integer> down) {

    Exchange(int distance) {
      this(
          distance,
          columnsWith(distance),
          VectorShuffle.iota(INTS, WIDTH - distance, 1, true),
          VectorShuffle.iota(INTS, distance, 1, true));
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

    void run(int[] block) {
      for (int pair = 0; pair < WIDTH / 2; pair++) {
        int row = (pair / distance * 2 * distance + pair % distance) * WIDTH;
        int other = row + distance * WIDTH;
        IntVector first = IntVector.fromArray(INTS, block, row);
        IntVector second = IntVector.fromArray(INTS, block, other);
        first.blend(second.rearrange(up), upper).intoArray(block, row);
        first.rearrange(down).blend(second, upper).intoArray(block, other);
      }
    }
  }
}
