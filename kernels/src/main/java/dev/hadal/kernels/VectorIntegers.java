package dev.hadal.kernels;

import static dev.hadal.kernels.Simd.WIDTH;
import static dev.hadal.kernels.Simd.load;

import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** {@link Quantizer#toIntegers} with lanes along rows. */
final class VectorIntegers {
  private static final int STEP = GroupedWeights.STEP;

  /** Added to a small number it leaves the nearest integer, ties to even, in the low bits. */
  private static final float ROUNDING = 0x1.8p23f;

  private VectorIntegers() {}

  /** Encodes some rows. */
  static void encode(Tensor x_RC, Matrix.Integers into, int from, int to) {
    int columns = into.columns();
    if (columns % STEP != 0) {
      ReferenceQuantizer.integers(x_RC, into, from, to);
      return;
    }
    int[] rounded = new int[STEP];
    MemorySegment x = x_RC.data();
    MemorySegment codes = into.codes().data();
    int groups = columns / STEP;
    for (long group = (long) from * groups; group < (long) to * groups; group++) {
      float largest = largest(x, 4 * STEP * group);
      into.scales().setFloat(group, ReferenceQuantizer.integerScale(largest));
      float inverse = ReferenceQuantizer.integerInverse(largest);
      if (inverse == 0) {
        codes.asSlice(STEP * group, STEP).fill((byte) 0);
        continue;
      }
      round(x, 4 * STEP * group, inverse, rounded);
      for (int i = 0; i < STEP; i += 4) {
        int word =
            (rounded[i] & 255)
                | (rounded[i + 1] & 255) << 8
                | (rounded[i + 2] & 255) << 16
                | rounded[i + 3] << 24;
        codes.set(Tensor.INT, STEP * group + i, word);
      }
    }
  }

  private static float largest(MemorySegment x, long at) {
    FloatVector largest = FloatVector.zero(Simd.FLOATS);
    for (int i = 0; i < STEP; i += WIDTH) {
      largest = largest.max(load(x, at + 4L * i).abs());
    }
    return largest.reduceLanes(VectorOperators.MAX);
  }

  private static void round(MemorySegment x, long at, float inverse, int[] rounded) {
    for (int i = 0; i < STEP; i += WIDTH) {
      IntVector bits = load(x, at + 4L * i).mul(inverse).add(ROUNDING).reinterpretAsInts();
      bits.intoArray(rounded, i);
    }
  }
}
