package dev.hadal.kernels;

import static dev.hadal.kernels.Simd.FLOATS;
import static dev.hadal.kernels.Simd.WIDTH;

import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** Moves rows between tensors and the heap blocks that {@link BlockProduct} works on. */
final class AttentionBlocks {
  private AttentionBlocks() {}

  /** The multiple of 16 that is not below n: a block's stride. */
  static int stride(int n) {
    return (n + 15) & -16;
  }

  /** The array if it is long enough, else a longer one. */
  static float[] room(float[] array, int length) {
    return array.length >= length ? array : new float[length];
  }

  /** Copies n floats. */
  static void read(MemorySegment from, long offset, float[] to, int at, int n) {
    int i = 0;
    for (; i <= n - WIDTH; i += WIDTH) {
      Simd.load(from, offset + 4L * i).intoArray(to, at + i);
    }
    for (; i < n; i++) {
      to[at + i] = from.get(Tensor.FLOAT, offset + 4L * i);
    }
  }

  /** Rounds n values, a multiple of 16, to BF16 operands in place. */
  static void round(float[] values, int n) {
    for (int i = 0; i < n; i += WIDTH) {
      VectorMath.toBFloat16(FloatVector.fromArray(FLOATS, values, i)).intoArray(values, i);
    }
  }

  /** to = from * factor. */
  static void write(float[] from, int at, float factor, MemorySegment to, long offset, int n) {
    int i = 0;
    for (; i <= n - WIDTH; i += WIDTH) {
      Simd.store(FloatVector.fromArray(FLOATS, from, at + i).mul(factor), to, offset + 4L * i);
    }
    for (; i < n; i++) {
      to.set(Tensor.FLOAT, offset + 4L * i, from[at + i] * factor);
    }
  }

  /** Copies n floats. */
  static void write(float[] from, int at, MemorySegment to, long offset, int n) {
    MemorySegment.copy(from, at, to, Tensor.FLOAT, offset, n);
  }

  /** Zeroes columns from n to the stride in some rows. */
  static void pad(float[] block, int start, int rows, int n, int stride) {
    if (n < stride) {
      for (int r = 0; r < rows; r++) {
        Arrays.fill(block, start + r * stride + n, start + (r + 1) * stride, 0);
      }
    }
  }

  /** Writes columns [0, width) of a block of 64 rows as rows of 64. */
  static void transpose(float[] from, int start, int stride, int width, float[] to, int at) {
    for (int c = 0; c < width; c++) {
      for (int r = 0; r < OnlineSoftmax.KEYS; r++) {
        to[at + c * OnlineSoftmax.KEYS + r] = from[start + r * stride + c];
      }
    }
  }

  /**
   * Multiplies each of some rows by its factor; of BF16 products, magnitudes below 2^-90 become
   * zero.
   */
  static void scaleRows(float[] block, int stride, float[] factors, int rows, boolean bfloat16) {
    float least = bfloat16 ? ReferenceMatMul.SMALLEST_START : 0;
    for (int r = 0; r < rows; r++) {
      FloatVector factor = Simd.broadcast(factors[r]);
      for (int i = r * stride; i < (r + 1) * stride; i += WIDTH) {
        FloatVector scaled = FloatVector.fromArray(FLOATS, block, i).mul(factor);
        scaled.blend(0f, scaled.abs().compare(VectorOperators.LT, least)).intoArray(block, i);
      }
    }
  }
}
