package dev.hadal.kernels;

import static dev.hadal.kernels.Simd.FLOATS;
import static dev.hadal.kernels.Simd.WIDTH;

import jdk.incubator.vector.FloatVector;

/**
 * The inner loops of {@link VectorMatMul}: C [rows, 2 vectors] += A [rows, steps] B [steps, 2
 * vectors], every element one chain of fused multiply-adds over ascending steps.
 *
 * <p>A and B are packed step by step; C is a block of its own, row by row, that stays in the
 * innermost cache. Sums live in registers during the loop: 24 of 32 in the tallest tile. A fused
 * multiply-add takes four cycles and two start in each, so a tile needs at least 8 sums, and the
 * more rows it has, the fewer loads it needs for each.
 *
 * <p>The methods are written out, without helpers, because of C2's limits: vectors stay in
 * registers only as local variables, and in a method of this size C2 still inlines the Vector API,
 * which is annotated for it, but no method of ours; a single call that is left boxes every vector.
 * For the same reason operands are heap arrays: memory segments make the graph too large. Most of
 * the methods are too large to be inlined into a caller, where their speed would depend on what
 * surrounds them.
 */
final class MatMulTile {
  /** Columns of a tile. */
  static final int COLUMNS = 2 * WIDTH;

  static final int TALLEST = tallest(WIDTH, System.getProperty("os.arch").equals("aarch64"));

  private MatMulTile() {}

  /**
   * Rows of the tallest tile: 12 need 27 registers. x86 has 32 with AVX-512 only, else 16; arm64
   * has 32. Packing moves whole vectors of rows, so more rows than lanes are a multiple of them.
   */
  static int tallest(int width, boolean arm64) {
    if (width == 16) {
      return 12;
    }
    return arm64 ? 12 / width * width : 4;
  }

  /** The height of the tile that so many rows get: 1, 4, 8 or 12, the last ones may be idle. */
  static int height(int rows) {
    return rows == 1 ? 1 : (rows + 3) / 4 * 4;
  }

  /** C += A B over so many steps. */
  static void multiply(
      int height, float[] a, int a0, float[] b, int b0, int steps, float[] c, int c0) {
    switch (height) {
      case 1 -> one(a, a0, b, b0, steps, c, c0);
      case 4 -> four(a, a0, b, b0, steps, c, c0);
      case 8 -> eight(a, a0, b, b0, steps, c, c0);
      default -> twelve(a, a0, b, b0, steps, c, c0);
    }
  }

  private static void one(float[] a, int a0, float[] b, int b0, int steps, float[] c, int c0) {
    FloatVector w0 = FloatVector.fromArray(FLOATS, c, c0);
    FloatVector x0 = FloatVector.fromArray(FLOATS, c, c0 + WIDTH);
    for (int k = 0; k < steps; k++) {
      int at = a0 + k;
      int from = b0 + k * COLUMNS;
      FloatVector p = FloatVector.fromArray(FLOATS, b, from);
      FloatVector q = FloatVector.fromArray(FLOATS, b, from + WIDTH);
      FloatVector v = FloatVector.broadcast(FLOATS, a[at]);
      w0 = v.fma(p, w0);
      x0 = v.fma(q, x0);
    }
    w0.intoArray(c, c0);
    x0.intoArray(c, c0 + WIDTH);
  }

  private static void four(float[] a, int a0, float[] b, int b0, int steps, float[] c, int c0) {
    FloatVector w0 = FloatVector.fromArray(FLOATS, c, c0);
    FloatVector x0 = FloatVector.fromArray(FLOATS, c, c0 + WIDTH);
    FloatVector w1 = FloatVector.fromArray(FLOATS, c, c0 + 2 * WIDTH);
    FloatVector x1 = FloatVector.fromArray(FLOATS, c, c0 + 3 * WIDTH);
    FloatVector w2 = FloatVector.fromArray(FLOATS, c, c0 + 4 * WIDTH);
    FloatVector x2 = FloatVector.fromArray(FLOATS, c, c0 + 5 * WIDTH);
    FloatVector w3 = FloatVector.fromArray(FLOATS, c, c0 + 6 * WIDTH);
    FloatVector x3 = FloatVector.fromArray(FLOATS, c, c0 + 7 * WIDTH);
    for (int k = 0; k < steps; k++) {
      int at = a0 + k * 4;
      int from = b0 + k * COLUMNS;
      FloatVector p = FloatVector.fromArray(FLOATS, b, from);
      FloatVector q = FloatVector.fromArray(FLOATS, b, from + WIDTH);
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
    w0.intoArray(c, c0);
    x0.intoArray(c, c0 + WIDTH);
    w1.intoArray(c, c0 + 2 * WIDTH);
    x1.intoArray(c, c0 + 3 * WIDTH);
    w2.intoArray(c, c0 + 4 * WIDTH);
    x2.intoArray(c, c0 + 5 * WIDTH);
    w3.intoArray(c, c0 + 6 * WIDTH);
    x3.intoArray(c, c0 + 7 * WIDTH);
  }

  private static void eight(float[] a, int a0, float[] b, int b0, int steps, float[] c, int c0) {
    FloatVector w0 = FloatVector.fromArray(FLOATS, c, c0);
    FloatVector x0 = FloatVector.fromArray(FLOATS, c, c0 + WIDTH);
    FloatVector w1 = FloatVector.fromArray(FLOATS, c, c0 + 2 * WIDTH);
    FloatVector x1 = FloatVector.fromArray(FLOATS, c, c0 + 3 * WIDTH);
    FloatVector w2 = FloatVector.fromArray(FLOATS, c, c0 + 4 * WIDTH);
    FloatVector x2 = FloatVector.fromArray(FLOATS, c, c0 + 5 * WIDTH);
    FloatVector w3 = FloatVector.fromArray(FLOATS, c, c0 + 6 * WIDTH);
    FloatVector x3 = FloatVector.fromArray(FLOATS, c, c0 + 7 * WIDTH);
    FloatVector w4 = FloatVector.fromArray(FLOATS, c, c0 + 8 * WIDTH);
    FloatVector x4 = FloatVector.fromArray(FLOATS, c, c0 + 9 * WIDTH);
    FloatVector w5 = FloatVector.fromArray(FLOATS, c, c0 + 10 * WIDTH);
    FloatVector x5 = FloatVector.fromArray(FLOATS, c, c0 + 11 * WIDTH);
    FloatVector w6 = FloatVector.fromArray(FLOATS, c, c0 + 12 * WIDTH);
    FloatVector x6 = FloatVector.fromArray(FLOATS, c, c0 + 13 * WIDTH);
    FloatVector w7 = FloatVector.fromArray(FLOATS, c, c0 + 14 * WIDTH);
    FloatVector x7 = FloatVector.fromArray(FLOATS, c, c0 + 15 * WIDTH);
    for (int k = 0; k < steps; k++) {
      int at = a0 + k * 8;
      int from = b0 + k * COLUMNS;
      FloatVector p = FloatVector.fromArray(FLOATS, b, from);
      FloatVector q = FloatVector.fromArray(FLOATS, b, from + WIDTH);
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
      v = FloatVector.broadcast(FLOATS, a[at + 4]);
      w4 = v.fma(p, w4);
      x4 = v.fma(q, x4);
      v = FloatVector.broadcast(FLOATS, a[at + 5]);
      w5 = v.fma(p, w5);
      x5 = v.fma(q, x5);
      v = FloatVector.broadcast(FLOATS, a[at + 6]);
      w6 = v.fma(p, w6);
      x6 = v.fma(q, x6);
      v = FloatVector.broadcast(FLOATS, a[at + 7]);
      w7 = v.fma(p, w7);
      x7 = v.fma(q, x7);
    }
    w0.intoArray(c, c0);
    x0.intoArray(c, c0 + WIDTH);
    w1.intoArray(c, c0 + 2 * WIDTH);
    x1.intoArray(c, c0 + 3 * WIDTH);
    w2.intoArray(c, c0 + 4 * WIDTH);
    x2.intoArray(c, c0 + 5 * WIDTH);
    w3.intoArray(c, c0 + 6 * WIDTH);
    x3.intoArray(c, c0 + 7 * WIDTH);
    w4.intoArray(c, c0 + 8 * WIDTH);
    x4.intoArray(c, c0 + 9 * WIDTH);
    w5.intoArray(c, c0 + 10 * WIDTH);
    x5.intoArray(c, c0 + 11 * WIDTH);
    w6.intoArray(c, c0 + 12 * WIDTH);
    x6.intoArray(c, c0 + 13 * WIDTH);
    w7.intoArray(c, c0 + 14 * WIDTH);
    x7.intoArray(c, c0 + 15 * WIDTH);
  }

  private static void twelve(float[] a, int a0, float[] b, int b0, int steps, float[] c, int c0) {
    FloatVector w0 = FloatVector.fromArray(FLOATS, c, c0);
    FloatVector x0 = FloatVector.fromArray(FLOATS, c, c0 + WIDTH);
    FloatVector w1 = FloatVector.fromArray(FLOATS, c, c0 + 2 * WIDTH);
    FloatVector x1 = FloatVector.fromArray(FLOATS, c, c0 + 3 * WIDTH);
    FloatVector w2 = FloatVector.fromArray(FLOATS, c, c0 + 4 * WIDTH);
    FloatVector x2 = FloatVector.fromArray(FLOATS, c, c0 + 5 * WIDTH);
    FloatVector w3 = FloatVector.fromArray(FLOATS, c, c0 + 6 * WIDTH);
    FloatVector x3 = FloatVector.fromArray(FLOATS, c, c0 + 7 * WIDTH);
    FloatVector w4 = FloatVector.fromArray(FLOATS, c, c0 + 8 * WIDTH);
    FloatVector x4 = FloatVector.fromArray(FLOATS, c, c0 + 9 * WIDTH);
    FloatVector w5 = FloatVector.fromArray(FLOATS, c, c0 + 10 * WIDTH);
    FloatVector x5 = FloatVector.fromArray(FLOATS, c, c0 + 11 * WIDTH);
    FloatVector w6 = FloatVector.fromArray(FLOATS, c, c0 + 12 * WIDTH);
    FloatVector x6 = FloatVector.fromArray(FLOATS, c, c0 + 13 * WIDTH);
    FloatVector w7 = FloatVector.fromArray(FLOATS, c, c0 + 14 * WIDTH);
    FloatVector x7 = FloatVector.fromArray(FLOATS, c, c0 + 15 * WIDTH);
    FloatVector w8 = FloatVector.fromArray(FLOATS, c, c0 + 16 * WIDTH);
    FloatVector x8 = FloatVector.fromArray(FLOATS, c, c0 + 17 * WIDTH);
    FloatVector w9 = FloatVector.fromArray(FLOATS, c, c0 + 18 * WIDTH);
    FloatVector x9 = FloatVector.fromArray(FLOATS, c, c0 + 19 * WIDTH);
    FloatVector w10 = FloatVector.fromArray(FLOATS, c, c0 + 20 * WIDTH);
    FloatVector x10 = FloatVector.fromArray(FLOATS, c, c0 + 21 * WIDTH);
    FloatVector w11 = FloatVector.fromArray(FLOATS, c, c0 + 22 * WIDTH);
    FloatVector x11 = FloatVector.fromArray(FLOATS, c, c0 + 23 * WIDTH);
    for (int k = 0; k < steps; k++) {
      int at = a0 + k * 12;
      int from = b0 + k * COLUMNS;
      FloatVector p = FloatVector.fromArray(FLOATS, b, from);
      FloatVector q = FloatVector.fromArray(FLOATS, b, from + WIDTH);
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
      v = FloatVector.broadcast(FLOATS, a[at + 4]);
      w4 = v.fma(p, w4);
      x4 = v.fma(q, x4);
      v = FloatVector.broadcast(FLOATS, a[at + 5]);
      w5 = v.fma(p, w5);
      x5 = v.fma(q, x5);
      v = FloatVector.broadcast(FLOATS, a[at + 6]);
      w6 = v.fma(p, w6);
      x6 = v.fma(q, x6);
      v = FloatVector.broadcast(FLOATS, a[at + 7]);
      w7 = v.fma(p, w7);
      x7 = v.fma(q, x7);
      v = FloatVector.broadcast(FLOATS, a[at + 8]);
      w8 = v.fma(p, w8);
      x8 = v.fma(q, x8);
      v = FloatVector.broadcast(FLOATS, a[at + 9]);
      w9 = v.fma(p, w9);
      x9 = v.fma(q, x9);
      v = FloatVector.broadcast(FLOATS, a[at + 10]);
      w10 = v.fma(p, w10);
      x10 = v.fma(q, x10);
      v = FloatVector.broadcast(FLOATS, a[at + 11]);
      w11 = v.fma(p, w11);
      x11 = v.fma(q, x11);
    }
    w0.intoArray(c, c0);
    x0.intoArray(c, c0 + WIDTH);
    w1.intoArray(c, c0 + 2 * WIDTH);
    x1.intoArray(c, c0 + 3 * WIDTH);
    w2.intoArray(c, c0 + 4 * WIDTH);
    x2.intoArray(c, c0 + 5 * WIDTH);
    w3.intoArray(c, c0 + 6 * WIDTH);
    x3.intoArray(c, c0 + 7 * WIDTH);
    w4.intoArray(c, c0 + 8 * WIDTH);
    x4.intoArray(c, c0 + 9 * WIDTH);
    w5.intoArray(c, c0 + 10 * WIDTH);
    x5.intoArray(c, c0 + 11 * WIDTH);
    w6.intoArray(c, c0 + 12 * WIDTH);
    x6.intoArray(c, c0 + 13 * WIDTH);
    w7.intoArray(c, c0 + 14 * WIDTH);
    x7.intoArray(c, c0 + 15 * WIDTH);
    w8.intoArray(c, c0 + 16 * WIDTH);
    x8.intoArray(c, c0 + 17 * WIDTH);
    w9.intoArray(c, c0 + 18 * WIDTH);
    x9.intoArray(c, c0 + 19 * WIDTH);
    w10.intoArray(c, c0 + 20 * WIDTH);
    x10.intoArray(c, c0 + 21 * WIDTH);
    w11.intoArray(c, c0 + 22 * WIDTH);
    x11.intoArray(c, c0 + 23 * WIDTH);
  }
}
