package dev.hadal.kernels;

import static dev.hadal.kernels.Simd.FLOATS;
import static dev.hadal.kernels.Simd.INTS;
import static dev.hadal.kernels.Simd.WIDTH;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The inner loops of {@link VectorMatMul} for products of few rows, which are as fast as memory:
 * they read packed words of B where they lie, from front to back, and decode BF16 in registers. The
 * sums are those of {@link MatMulTile}.
 */
final class MatMulRows {
  private static final long VECTOR_BYTES = 4L * WIDTH;
  private static final long STEP_BYTES = 2 * VECTOR_BYTES;

  private MatMulRows() {}

  /** C += A B over so many steps with B in FP32; 1 or 4 rows. */
  static void multiply(
      int height, float[] a, int a0, MemorySegment b, long b0, int steps, float[] c) {
    if (height == 1) {
      one(a, a0, b, b0, steps, c);
    } else {
      four(a, a0, b, b0, steps, c);
    }
  }

  /** C += A B over so many pairs with B in BF16; 1 or 4 rows. */
  static void multiplyPairs(
      int height, float[] a, int a0, MemorySegment b, long b0, int pairs, float[] c) {
    if (height == 1) {
      onePairs(a, a0, b, b0, pairs, c);
    } else {
      fourPairs(a, a0, b, b0, pairs, c);
    }
  }

  /** The values of the odd elements of pairs of BF16. */
  static FloatVector odd(IntVector pairs) {
    return pairs.and(0xFFFF0000).reinterpretAsFloats();
  }

  /** The values of the even elements of pairs of BF16. */
  static FloatVector even(IntVector pairs) {
    return pairs.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
  }

  private static void one(float[] a, int a0, MemorySegment b, long b0, int steps, float[] c) {
    FloatVector w0 = FloatVector.fromArray(FLOATS, c, 0);
    FloatVector x0 = FloatVector.fromArray(FLOATS, c, WIDTH);
    for (int k = 0; k < steps; k++) {
      int at = a0 + k;
      long from = b0 + k * STEP_BYTES;
      FloatVector p = FloatVector.fromMemorySegment(FLOATS, b, from, LITTLE_ENDIAN);
      FloatVector q = FloatVector.fromMemorySegment(FLOATS, b, from + VECTOR_BYTES, LITTLE_ENDIAN);
      FloatVector v = FloatVector.broadcast(FLOATS, a[at]);
      w0 = v.fma(p, w0);
      x0 = v.fma(q, x0);
    }
    w0.intoArray(c, 0);
    x0.intoArray(c, WIDTH);
  }

  private static void four(float[] a, int a0, MemorySegment b, long b0, int steps, float[] c) {
    FloatVector w0 = FloatVector.fromArray(FLOATS, c, 0);
    FloatVector x0 = FloatVector.fromArray(FLOATS, c, WIDTH);
    FloatVector w1 = FloatVector.fromArray(FLOATS, c, 2 * WIDTH);
    FloatVector x1 = FloatVector.fromArray(FLOATS, c, 3 * WIDTH);
    FloatVector w2 = FloatVector.fromArray(FLOATS, c, 4 * WIDTH);
    FloatVector x2 = FloatVector.fromArray(FLOATS, c, 5 * WIDTH);
    FloatVector w3 = FloatVector.fromArray(FLOATS, c, 6 * WIDTH);
    FloatVector x3 = FloatVector.fromArray(FLOATS, c, 7 * WIDTH);
    for (int k = 0; k < steps; k++) {
      int at = a0 + k * 4;
      long from = b0 + k * STEP_BYTES;
      FloatVector p = FloatVector.fromMemorySegment(FLOATS, b, from, LITTLE_ENDIAN);
      FloatVector q = FloatVector.fromMemorySegment(FLOATS, b, from + VECTOR_BYTES, LITTLE_ENDIAN);
      FloatVector v = FloatVector.broadcast(FLOATS, a[at]);
      w0 = v.fma(p, w0);
      x0 = v.fma(q, x0);
      v = FloatVector.broadcast(FLOATS, a[at + 1]);
      w1 = v.fma(p, w1);
      x1 = v.fma(q, x1);
      v = FloatVector.broadcast(FLOATS, a[at + 2]);
      w2 = v.fma(p, w2);
      x2 = v.fma(q, x2);
      v = FloatVector.broadcast(FLOATS, a[at + 3]);
      w3 = v.fma(p, w3);
      x3 = v.fma(q, x3);
    }
    w0.intoArray(c, 0);
    x0.intoArray(c, WIDTH);
    w1.intoArray(c, 2 * WIDTH);
    x1.intoArray(c, 3 * WIDTH);
    w2.intoArray(c, 4 * WIDTH);
    x2.intoArray(c, 5 * WIDTH);
    w3.intoArray(c, 6 * WIDTH);
    x3.intoArray(c, 7 * WIDTH);
  }

  private static void onePairs(float[] a, int a0, MemorySegment b, long b0, int pairs, float[] c) {
    FloatVector w0 = FloatVector.fromArray(FLOATS, c, 0);
    FloatVector x0 = FloatVector.fromArray(FLOATS, c, WIDTH);
    int k = 0;
    for (; k < pairs - 1; k += 2) {
      int at = a0 + k * 2;
      long from = b0 + k * STEP_BYTES;
      IntVector left = IntVector.fromMemorySegment(INTS, b, from, LITTLE_ENDIAN);
      IntVector right = IntVector.fromMemorySegment(INTS, b, from + VECTOR_BYTES, LITTLE_ENDIAN);
      FloatVector v = FloatVector.broadcast(FLOATS, a[at]);
      w0 = v.fma(odd(left), w0);
      x0 = v.fma(odd(right), x0);
      v = FloatVector.broadcast(FLOATS, a[at + 1]);
      w0 = v.fma(even(left), w0);
      x0 = v.fma(even(right), x0);
      left = IntVector.fromMemorySegment(INTS, b, from + 2 * VECTOR_BYTES, LITTLE_ENDIAN);
      right = IntVector.fromMemorySegment(INTS, b, from + 3 * VECTOR_BYTES, LITTLE_ENDIAN);
      v = FloatVector.broadcast(FLOATS, a[at + 2]);
      w0 = v.fma(odd(left), w0);
      x0 = v.fma(odd(right), x0);
      v = FloatVector.broadcast(FLOATS, a[at + 3]);
      w0 = v.fma(even(left), w0);
      x0 = v.fma(even(right), x0);
    }
    if (k < pairs) {
      int at = a0 + k * 2;
      long from = b0 + k * STEP_BYTES;
      IntVector left = IntVector.fromMemorySegment(INTS, b, from, LITTLE_ENDIAN);
      IntVector right = IntVector.fromMemorySegment(INTS, b, from + VECTOR_BYTES, LITTLE_ENDIAN);
      FloatVector v = FloatVector.broadcast(FLOATS, a[at]);
      w0 = v.fma(odd(left), w0);
      x0 = v.fma(odd(right), x0);
      v = FloatVector.broadcast(FLOATS, a[at + 1]);
      w0 = v.fma(even(left), w0);
      x0 = v.fma(even(right), x0);
    }
    w0.intoArray(c, 0);
    x0.intoArray(c, WIDTH);
  }

  private static void fourPairs(float[] a, int a0, MemorySegment b, long b0, int pairs, float[] c) {
    FloatVector w0 = FloatVector.fromArray(FLOATS, c, 0);
    FloatVector x0 = FloatVector.fromArray(FLOATS, c, WIDTH);
    FloatVector w1 = FloatVector.fromArray(FLOATS, c, 2 * WIDTH);
    FloatVector x1 = FloatVector.fromArray(FLOATS, c, 3 * WIDTH);
    FloatVector w2 = FloatVector.fromArray(FLOATS, c, 4 * WIDTH);
    FloatVector x2 = FloatVector.fromArray(FLOATS, c, 5 * WIDTH);
    FloatVector w3 = FloatVector.fromArray(FLOATS, c, 6 * WIDTH);
    FloatVector x3 = FloatVector.fromArray(FLOATS, c, 7 * WIDTH);
    for (int k = 0; k < pairs; k++) {
      int at = a0 + k * 8;
      long from = b0 + k * STEP_BYTES;
      IntVector left = IntVector.fromMemorySegment(INTS, b, from, LITTLE_ENDIAN);
      IntVector right = IntVector.fromMemorySegment(INTS, b, from + VECTOR_BYTES, LITTLE_ENDIAN);
      FloatVector p = odd(left);
      FloatVector q = odd(right);
      FloatVector v = FloatVector.broadcast(FLOATS, a[at]);
      w0 = v.fma(p, w0);
      x0 = v.fma(q, x0);
      v = FloatVector.broadcast(FLOATS, a[at + 1]);
      w1 = v.fma(p, w1);
      x1 = v.fma(q, x1);
      v = FloatVector.broadcast(FLOATS, a[at + 2]);
      w2 = v.fma(p, w2);
      x2 = v.fma(q, x2);
      v = FloatVector.broadcast(FLOATS, a[at + 3]);
      w3 = v.fma(p, w3);
      x3 = v.fma(q, x3);
      FloatVector r = even(left);
      FloatVector s = even(right);
      v = FloatVector.broadcast(FLOATS, a[at + 4]);
      w0 = v.fma(r, w0);
      x0 = v.fma(s, x0);
      v = FloatVector.broadcast(FLOATS, a[at + 5]);
      w1 = v.fma(r, w1);
      x1 = v.fma(s, x1);
      v = FloatVector.broadcast(FLOATS, a[at + 6]);
      w2 = v.fma(r, w2);
      x2 = v.fma(s, x2);
      v = FloatVector.broadcast(FLOATS, a[at + 7]);
      w3 = v.fma(r, w3);
      x3 = v.fma(s, x3);
    }
    w0.intoArray(c, 0);
    x0.intoArray(c, WIDTH);
    w1.intoArray(c, 2 * WIDTH);
    x1.intoArray(c, 3 * WIDTH);
    w2.intoArray(c, 4 * WIDTH);
    x2.intoArray(c, 5 * WIDTH);
    w3.intoArray(c, 6 * WIDTH);
    x3.intoArray(c, 7 * WIDTH);
  }
}
