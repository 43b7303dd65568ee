package dev.hadal.kernels;

import static dev.hadal.kernels.Simd.FLOATS;
import static dev.hadal.kernels.Simd.INTS;
import static dev.hadal.kernels.Simd.WIDTH;
import static dev.hadal.kernels.Simd.load;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The inner loops of {@link VectorMatMul}: C [rows, 2 vectors] += A [rows, steps] B [steps, 2
 * vectors], every element one chain of fused multiply-adds over ascending steps.
 *
 * <p>A is packed step by step, B too; C is a block of its own, row by row, that stays in the
 * innermost cache. Sums live in registers during the loop: 24 of 32 in the largest tile. A fused
 * multiply-add takes four cycles and two start in each, so a tile needs at least 8 sums, and the
 * more rows it has, the fewer loads it needs for each. The methods are written out because C2 keeps
 * vectors in registers only as local variables, and each is large enough not to be inlined into its
 * caller, where its speed would depend on what surrounds it.
 */
final class MatMulTile {
  /** Columns of a tile. */
  static final int COLUMNS = 2 * WIDTH;

  /**
   * Rows of the tallest tile: 12 need 27 registers. x86 has 32 with AVX-512 only, else 16; arm64
   * has 32.
   */
  static final int TALLEST =
      WIDTH == 16 || System.getProperty("os.arch").equals("aarch64") ? 12 : 4;

  private static final long VECTOR_BYTES = 4L * WIDTH;
  private static final long STEP_BYTES = 2 * VECTOR_BYTES;

  private MatMulTile() {}

  /** The height of the tile that so many rows get: 1, 4, 8 or 12, the last ones may be idle. */
  static int height(int rows) {
    return rows == 1 ? 1 : (rows + 3) / 4 * 4;
  }

  /** C += A B over so many steps with B in FP32. */
  static void multiply(
      int height, float[] a, int a0, MemorySegment b, long b0, int steps, float[] c) {
    switch (height) {
      case 1 -> one(a, a0, b, b0, steps, c);
      case 4 -> four(a, a0, b, b0, steps, c);
      case 8 -> eight(a, a0, b, b0, steps, c);
      default -> twelve(a, a0, b, b0, steps, c);
    }
  }

  /** The same with B in pairs of BF16, at most 4 rows. */
  static void multiplyPairs(
      int height, float[] a, int a0, MemorySegment b, long b0, int pairs, float[] c) {
    if (height == 1) {
      onePairs(a, a0, b, b0, pairs, c);
    } else {
      fourPairs(a, a0, b, b0, pairs, c);
    }
  }

  private static FloatVector held(float[] c, int vector) {
    return FloatVector.fromArray(FLOATS, c, vector * WIDTH);
  }

  private static void hold(FloatVector sum, float[] c, int vector) {
    sum.intoArray(c, vector * WIDTH);
  }

  private static FloatVector spread(float[] a, int at) {
    return FloatVector.broadcast(FLOATS, a[at]);
  }

  private static IntVector words(MemorySegment b, long at) {
    return IntVector.fromMemorySegment(INTS, b, at, ByteOrder.LITTLE_ENDIAN);
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
    FloatVector w0 = held(c, 0);
    FloatVector x0 = held(c, 1);
    for (int k = 0; k < steps; k++) {
      int at = a0 + k;
      long from = b0 + k * STEP_BYTES;
      FloatVector p = load(b, from);
      FloatVector q = load(b, from + VECTOR_BYTES);
      FloatVector v = spread(a, at);
      w0 = v.fma(p, w0);
      x0 = v.fma(q, x0);
    }
    hold(w0, c, 0);
    hold(x0, c, 1);
  }

  private static void four(float[] a, int a0, MemorySegment b, long b0, int steps, float[] c) {
    FloatVector w0 = held(c, 0);
    FloatVector x0 = held(c, 1);
    FloatVector w1 = held(c, 2);
    FloatVector x1 = held(c, 3);
    FloatVector w2 = held(c, 4);
    FloatVector x2 = held(c, 5);
    FloatVector w3 = held(c, 6);
    FloatVector x3 = held(c, 7);
    for (int k = 0; k < steps; k++) {
      int at = a0 + k * 4;
      long from = b0 + k * STEP_BYTES;
      FloatVector p = load(b, from);
      FloatVector q = load(b, from + VECTOR_BYTES);
      FloatVector v = spread(a, at);
      w0 = v.fma(p, w0);
      x0 = v.fma(q, x0);
      v = spread(a, at + 1);
      w1 = v.fma(p, w1);
      x1 = v.fma(q, x1);
      v = spread(a, at + 2);
      w2 = v.fma(p, w2);
      x2 = v.fma(q, x2);
      v = spread(a, at + 3);
      w3 = v.fma(p, w3);
      x3 = v.fma(q, x3);
    }
    hold(w0, c, 0);
    hold(x0, c, 1);
    hold(w1, c, 2);
    hold(x1, c, 3);
    hold(w2, c, 4);
    hold(x2, c, 5);
    hold(w3, c, 6);
    hold(x3, c, 7);
  }

  private static void eight(float[] a, int a0, MemorySegment b, long b0, int steps, float[] c) {
    FloatVector w0 = held(c, 0);
    FloatVector x0 = held(c, 1);
    FloatVector w1 = held(c, 2);
    FloatVector x1 = held(c, 3);
    FloatVector w2 = held(c, 4);
    FloatVector x2 = held(c, 5);
    FloatVector w3 = held(c, 6);
    FloatVector x3 = held(c, 7);
    FloatVector w4 = held(c, 8);
    FloatVector x4 = held(c, 9);
    FloatVector w5 = held(c, 10);
    FloatVector x5 = held(c, 11);
    FloatVector w6 = held(c, 12);
    FloatVector x6 = held(c, 13);
    FloatVector w7 = held(c, 14);
    FloatVector x7 = held(c, 15);
    for (int k = 0; k < steps; k++) {
      int at = a0 + k * 8;
      long from = b0 + k * STEP_BYTES;
      FloatVector p = load(b, from);
      FloatVector q = load(b, from + VECTOR_BYTES);
      FloatVector v = spread(a, at);
      w0 = v.fma(p, w0);
      x0 = v.fma(q, x0);
      v = spread(a, at + 1);
      w1 = v.fma(p, w1);
      x1 = v.fma(q, x1);
      v = spread(a, at + 2);
      w2 = v.fma(p, w2);
      x2 = v.fma(q, x2);
      v = spread(a, at + 3);
      w3 = v.fma(p, w3);
      x3 = v.fma(q, x3);
      v = spread(a, at + 4);
      w4 = v.fma(p, w4);
      x4 = v.fma(q, x4);
      v = spread(a, at + 5);
      w5 = v.fma(p, w5);
      x5 = v.fma(q, x5);
      v = spread(a, at + 6);
      w6 = v.fma(p, w6);
      x6 = v.fma(q, x6);
      v = spread(a, at + 7);
      w7 = v.fma(p, w7);
      x7 = v.fma(q, x7);
    }
    hold(w0, c, 0);
    hold(x0, c, 1);
    hold(w1, c, 2);
    hold(x1, c, 3);
    hold(w2, c, 4);
    hold(x2, c, 5);
    hold(w3, c, 6);
    hold(x3, c, 7);
    hold(w4, c, 8);
    hold(x4, c, 9);
    hold(w5, c, 10);
    hold(x5, c, 11);
    hold(w6, c, 12);
    hold(x6, c, 13);
    hold(w7, c, 14);
    hold(x7, c, 15);
  }

  private static void twelve(float[] a, int a0, MemorySegment b, long b0, int steps, float[] c) {
    FloatVector w0 = held(c, 0);
    FloatVector x0 = held(c, 1);
    FloatVector w1 = held(c, 2);
    FloatVector x1 = held(c, 3);
    FloatVector w2 = held(c, 4);
    FloatVector x2 = held(c, 5);
    FloatVector w3 = held(c, 6);
    FloatVector x3 = held(c, 7);
    FloatVector w4 = held(c, 8);
    FloatVector x4 = held(c, 9);
    FloatVector w5 = held(c, 10);
    FloatVector x5 = held(c, 11);
    FloatVector w6 = held(c, 12);
    FloatVector x6 = held(c, 13);
    FloatVector w7 = held(c, 14);
    FloatVector x7 = held(c, 15);
    FloatVector w8 = held(c, 16);
    FloatVector x8 = held(c, 17);
    FloatVector w9 = held(c, 18);
    FloatVector x9 = held(c, 19);
    FloatVector w10 = held(c, 20);
    FloatVector x10 = held(c, 21);
    FloatVector w11 = held(c, 22);
    FloatVector x11 = held(c, 23);
    for (int k = 0; k < steps; k++) {
      int at = a0 + k * 12;
      long from = b0 + k * STEP_BYTES;
      FloatVector p = load(b, from);
      FloatVector q = load(b, from + VECTOR_BYTES);
      FloatVector v = spread(a, at);
      w0 = v.fma(p, w0);
      x0 = v.fma(q, x0);
      v = spread(a, at + 1);
      w1 = v.fma(p, w1);
      x1 = v.fma(q, x1);
      v = spread(a, at + 2);
      w2 = v.fma(p, w2);
      x2 = v.fma(q, x2);
      v = spread(a, at + 3);
      w3 = v.fma(p, w3);
      x3 = v.fma(q, x3);
      v = spread(a, at + 4);
      w4 = v.fma(p, w4);
      x4 = v.fma(q, x4);
      v = spread(a, at + 5);
      w5 = v.fma(p, w5);
      x5 = v.fma(q, x5);
      v = spread(a, at + 6);
      w6 = v.fma(p, w6);
      x6 = v.fma(q, x6);
      v = spread(a, at + 7);
      w7 = v.fma(p, w7);
      x7 = v.fma(q, x7);
      v = spread(a, at + 8);
      w8 = v.fma(p, w8);
      x8 = v.fma(q, x8);
      v = spread(a, at + 9);
      w9 = v.fma(p, w9);
      x9 = v.fma(q, x9);
      v = spread(a, at + 10);
      w10 = v.fma(p, w10);
      x10 = v.fma(q, x10);
      v = spread(a, at + 11);
      w11 = v.fma(p, w11);
      x11 = v.fma(q, x11);
    }
    hold(w0, c, 0);
    hold(x0, c, 1);
    hold(w1, c, 2);
    hold(x1, c, 3);
    hold(w2, c, 4);
    hold(x2, c, 5);
    hold(w3, c, 6);
    hold(x3, c, 7);
    hold(w4, c, 8);
    hold(x4, c, 9);
    hold(w5, c, 10);
    hold(x5, c, 11);
    hold(w6, c, 12);
    hold(x6, c, 13);
    hold(w7, c, 14);
    hold(x7, c, 15);
    hold(w8, c, 16);
    hold(x8, c, 17);
    hold(w9, c, 18);
    hold(x9, c, 19);
    hold(w10, c, 20);
    hold(x10, c, 21);
    hold(w11, c, 22);
    hold(x11, c, 23);
  }

  private static void onePairs(float[] a, int a0, MemorySegment b, long b0, int pairs, float[] c) {
    FloatVector w0 = held(c, 0);
    FloatVector x0 = held(c, 1);
    for (int k = 0; k < pairs; k++) {
      int at = a0 + k * 2;
      long from = b0 + k * STEP_BYTES;
      IntVector left = words(b, from);
      IntVector right = words(b, from + VECTOR_BYTES);
      FloatVector p = odd(left);
      FloatVector q = odd(right);
      FloatVector v = spread(a, at);
      w0 = v.fma(p, w0);
      x0 = v.fma(q, x0);
      FloatVector r = even(left);
      FloatVector s = even(right);
      v = spread(a, at + 1);
      w0 = v.fma(r, w0);
      x0 = v.fma(s, x0);
    }
    hold(w0, c, 0);
    hold(x0, c, 1);
  }

  private static void fourPairs(float[] a, int a0, MemorySegment b, long b0, int pairs, float[] c) {
    FloatVector w0 = held(c, 0);
    FloatVector x0 = held(c, 1);
    FloatVector w1 = held(c, 2);
    FloatVector x1 = held(c, 3);
    FloatVector w2 = held(c, 4);
    FloatVector x2 = held(c, 5);
    FloatVector w3 = held(c, 6);
    FloatVector x3 = held(c, 7);
    for (int k = 0; k < pairs; k++) {
      int at = a0 + k * 8;
      long from = b0 + k * STEP_BYTES;
      IntVector left = words(b, from);
      IntVector right = words(b, from + VECTOR_BYTES);
      FloatVector p = odd(left);
      FloatVector q = odd(right);
      FloatVector v = spread(a, at);
      w0 = v.fma(p, w0);
      x0 = v.fma(q, x0);
      v = spread(a, at + 1);
      w1 = v.fma(p, w1);
      x1 = v.fma(q, x1);
      v = spread(a, at + 2);
      w2 = v.fma(p, w2);
      x2 = v.fma(q, x2);
      v = spread(a, at + 3);
      w3 = v.fma(p, w3);
      x3 = v.fma(q, x3);
      FloatVector r = even(left);
      FloatVector s = even(right);
      v = spread(a, at + 4);
      w0 = v.fma(r, w0);
      x0 = v.fma(s, x0);
      v = spread(a, at + 5);
      w1 = v.fma(r, w1);
      x1 = v.fma(s, x1);
      v = spread(a, at + 6);
      w2 = v.fma(r, w2);
      x2 = v.fma(s, x2);
      v = spread(a, at + 7);
      w3 = v.fma(r, w3);
      x3 = v.fma(s, x3);
    }
    hold(w0, c, 0);
    hold(x0, c, 1);
    hold(w1, c, 2);
    hold(x1, c, 3);
    hold(w2, c, 4);
    hold(x2, c, 5);
    hold(w3, c, 6);
    hold(x3, c, 7);
  }
}
