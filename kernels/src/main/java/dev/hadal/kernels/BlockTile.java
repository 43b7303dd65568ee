package dev.hadal.kernels;

import static dev.hadal.kernels.Simd.FLOATS;
import static dev.hadal.kernels.Simd.WIDTH;

import dev.hadal.kernels.BlockProduct.Operand;
import jdk.incubator.vector.FloatVector;

/**
 * The inner loops of {@link BlockProduct}: tiles of 8 or 4 rows and one to four vectors, whose 8 to
 * 16 independent chains stay in registers.
 */
final class BlockTile {
  private BlockTile() {}

  /** The rows of a tile of so many vectors. */
  static int rows(int vectors) {
    return vectors <= 2 ? 8 : 4;
  }

  /** C [rows, vectors] += A [rows, steps] B [steps, vectors]. */
  static void multiply(int vectors, Operand a, Operand b, Operand c, int steps, int swap) {
    switch (vectors) {
      case 1 ->
          one(
              a.data(),
              a.start(),
              a.first(),
              a.second(),
              b.data(),
              b.start(),
              b.first(),
              c.data(),
              c.start(),
              c.first(),
              steps,
              swap);
      case 2 ->
          two(
              a.data(),
              a.start(),
              a.first(),
              a.second(),
              b.data(),
              b.start(),
              b.first(),
              c.data(),
              c.start(),
              c.first(),
              steps,
              swap);
      case 3 ->
          three(
              a.data(),
              a.start(),
              a.first(),
              a.second(),
              b.data(),
              b.start(),
              b.first(),
              c.data(),
              c.start(),
              c.first(),
              steps,
              swap);
      default ->
          four(
              a.data(),
              a.start(),
              a.first(),
              a.second(),
              b.data(),
              b.start(),
              b.first(),
              c.data(),
              c.start(),
              c.first(),
              steps,
              swap);
    }
  }

  private static FloatVector load(float[] data, int at) {
    return FloatVector.fromArray(FLOATS, data, at);
  }

  private static FloatVector spread(float[] data, int at) {
    return FloatVector.broadcast(FLOATS, data[at]);
  }

  private static void one(
      float[] a,
      int a0,
      int aRow,
      int aStep,
      float[] b,
      int b0,
      int bStep,
      float[] c,
      int c0,
      int cRow,
      int steps,
      int swap) {
    FloatVector w0 = load(c, c0);
    FloatVector w1 = load(c, c0 + cRow);
    FloatVector w2 = load(c, c0 + 2 * cRow);
    FloatVector w3 = load(c, c0 + 3 * cRow);
    FloatVector w4 = load(c, c0 + 4 * cRow);
    FloatVector w5 = load(c, c0 + 5 * cRow);
    FloatVector w6 = load(c, c0 + 6 * cRow);
    FloatVector w7 = load(c, c0 + 7 * cRow);
    for (int k = 0; k < steps; k++) {
      int step = k ^ swap;
      int at = a0 + step * aStep;
      int from = b0 + step * bStep;
      FloatVector p = load(b, from);
      w0 = spread(a, at).fma(p, w0);
      w1 = spread(a, at + aRow).fma(p, w1);
      w2 = spread(a, at + 2 * aRow).fma(p, w2);
      w3 = spread(a, at + 3 * aRow).fma(p, w3);
      w4 = spread(a, at + 4 * aRow).fma(p, w4);
      w5 = spread(a, at + 5 * aRow).fma(p, w5);
      w6 = spread(a, at + 6 * aRow).fma(p, w6);
      w7 = spread(a, at + 7 * aRow).fma(p, w7);
    }
    w0.intoArray(c, c0);
    w1.intoArray(c, c0 + cRow);
    w2.intoArray(c, c0 + 2 * cRow);
    w3.intoArray(c, c0 + 3 * cRow);
    w4.intoArray(c, c0 + 4 * cRow);
    w5.intoArray(c, c0 + 5 * cRow);
    w6.intoArray(c, c0 + 6 * cRow);
    w7.intoArray(c, c0 + 7 * cRow);
  }

  private static void two(
      float[] a,
      int a0,
      int aRow,
      int aStep,
      float[] b,
      int b0,
      int bStep,
      float[] c,
      int c0,
      int cRow,
      int steps,
      int swap) {
    int c1 = c0 + WIDTH;
    FloatVector w0 = load(c, c0);
    FloatVector x0 = load(c, c1);
    FloatVector w1 = load(c, c0 + cRow);
    FloatVector x1 = load(c, c1 + cRow);
    FloatVector w2 = load(c, c0 + 2 * cRow);
    FloatVector x2 = load(c, c1 + 2 * cRow);
    FloatVector w3 = load(c, c0 + 3 * cRow);
    FloatVector x3 = load(c, c1 + 3 * cRow);
    FloatVector w4 = load(c, c0 + 4 * cRow);
    FloatVector x4 = load(c, c1 + 4 * cRow);
    FloatVector w5 = load(c, c0 + 5 * cRow);
    FloatVector x5 = load(c, c1 + 5 * cRow);
    FloatVector w6 = load(c, c0 + 6 * cRow);
    FloatVector x6 = load(c, c1 + 6 * cRow);
    FloatVector w7 = load(c, c0 + 7 * cRow);
    FloatVector x7 = load(c, c1 + 7 * cRow);
    for (int k = 0; k < steps; k++) {
      int step = k ^ swap;
      int at = a0 + step * aStep;
      int from = b0 + step * bStep;
      FloatVector p = load(b, from);
      FloatVector q = load(b, from + WIDTH);
      FloatVector v = spread(a, at);
      w0 = v.fma(p, w0);
      x0 = v.fma(q, x0);
      v = spread(a, at + aRow);
      w1 = v.fma(p, w1);
      x1 = v.fma(q, x1);
      v = spread(a, at + 2 * aRow);
      w2 = v.fma(p, w2);
      x2 = v.fma(q, x2);
      v = spread(a, at + 3 * aRow);
      w3 = v.fma(p, w3);
      x3 = v.fma(q, x3);
      v = spread(a, at + 4 * aRow);
      w4 = v.fma(p, w4);
      x4 = v.fma(q, x4);
      v = spread(a, at + 5 * aRow);
      w5 = v.fma(p, w5);
      x5 = v.fma(q, x5);
      v = spread(a, at + 6 * aRow);
      w6 = v.fma(p, w6);
      x6 = v.fma(q, x6);
      v = spread(a, at + 7 * aRow);
      w7 = v.fma(p, w7);
      x7 = v.fma(q, x7);
    }
    w0.intoArray(c, c0);
    x0.intoArray(c, c1);
    w1.intoArray(c, c0 + cRow);
    x1.intoArray(c, c1 + cRow);
    w2.intoArray(c, c0 + 2 * cRow);
    x2.intoArray(c, c1 + 2 * cRow);
    w3.intoArray(c, c0 + 3 * cRow);
    x3.intoArray(c, c1 + 3 * cRow);
    w4.intoArray(c, c0 + 4 * cRow);
    x4.intoArray(c, c1 + 4 * cRow);
    w5.intoArray(c, c0 + 5 * cRow);
    x5.intoArray(c, c1 + 5 * cRow);
    w6.intoArray(c, c0 + 6 * cRow);
    x6.intoArray(c, c1 + 6 * cRow);
    w7.intoArray(c, c0 + 7 * cRow);
    x7.intoArray(c, c1 + 7 * cRow);
  }

  private static void three(
      float[] a,
      int a0,
      int aRow,
      int aStep,
      float[] b,
      int b0,
      int bStep,
      float[] c,
      int c0,
      int cRow,
      int steps,
      int swap) {
    int c1 = c0 + WIDTH;
    int c2 = c0 + 2 * WIDTH;
    FloatVector w0 = load(c, c0);
    FloatVector x0 = load(c, c1);
    FloatVector y0 = load(c, c2);
    FloatVector w1 = load(c, c0 + cRow);
    FloatVector x1 = load(c, c1 + cRow);
    FloatVector y1 = load(c, c2 + cRow);
    FloatVector w2 = load(c, c0 + 2 * cRow);
    FloatVector x2 = load(c, c1 + 2 * cRow);
    FloatVector y2 = load(c, c2 + 2 * cRow);
    FloatVector w3 = load(c, c0 + 3 * cRow);
    FloatVector x3 = load(c, c1 + 3 * cRow);
    FloatVector y3 = load(c, c2 + 3 * cRow);
    for (int k = 0; k < steps; k++) {
      int step = k ^ swap;
      int at = a0 + step * aStep;
      int from = b0 + step * bStep;
      FloatVector p = load(b, from);
      FloatVector q = load(b, from + WIDTH);
      FloatVector r = load(b, from + 2 * WIDTH);
      FloatVector v = spread(a, at);
      w0 = v.fma(p, w0);
      x0 = v.fma(q, x0);
      y0 = v.fma(r, y0);
      v = spread(a, at + aRow);
      w1 = v.fma(p, w1);
      x1 = v.fma(q, x1);
      y1 = v.fma(r, y1);
      v = spread(a, at + 2 * aRow);
      w2 = v.fma(p, w2);
      x2 = v.fma(q, x2);
      y2 = v.fma(r, y2);
      v = spread(a, at + 3 * aRow);
      w3 = v.fma(p, w3);
      x3 = v.fma(q, x3);
      y3 = v.fma(r, y3);
    }
    w0.intoArray(c, c0);
    x0.intoArray(c, c1);
    y0.intoArray(c, c2);
    w1.intoArray(c, c0 + cRow);
    x1.intoArray(c, c1 + cRow);
    y1.intoArray(c, c2 + cRow);
    w2.intoArray(c, c0 + 2 * cRow);
    x2.intoArray(c, c1 + 2 * cRow);
    y2.intoArray(c, c2 + 2 * cRow);
    w3.intoArray(c, c0 + 3 * cRow);
    x3.intoArray(c, c1 + 3 * cRow);
    y3.intoArray(c, c2 + 3 * cRow);
  }

  private static void four(
      float[] a,
      int a0,
      int aRow,
      int aStep,
      float[] b,
      int b0,
      int bStep,
      float[] c,
      int c0,
      int cRow,
      int steps,
      int swap) {
    int c1 = c0 + WIDTH;
    int c2 = c0 + 2 * WIDTH;
    int c3 = c0 + 3 * WIDTH;
    FloatVector w0 = load(c, c0);
    FloatVector x0 = load(c, c1);
    FloatVector y0 = load(c, c2);
    FloatVector z0 = load(c, c3);
    FloatVector w1 = load(c, c0 + cRow);
    FloatVector x1 = load(c, c1 + cRow);
    FloatVector y1 = load(c, c2 + cRow);
    FloatVector z1 = load(c, c3 + cRow);
    FloatVector w2 = load(c, c0 + 2 * cRow);
    FloatVector x2 = load(c, c1 + 2 * cRow);
    FloatVector y2 = load(c, c2 + 2 * cRow);
    FloatVector z2 = load(c, c3 + 2 * cRow);
    FloatVector w3 = load(c, c0 + 3 * cRow);
    FloatVector x3 = load(c, c1 + 3 * cRow);
    FloatVector y3 = load(c, c2 + 3 * cRow);
    FloatVector z3 = load(c, c3 + 3 * cRow);
    for (int k = 0; k < steps; k++) {
      int step = k ^ swap;
      int at = a0 + step * aStep;
      int from = b0 + step * bStep;
      FloatVector p = load(b, from);
      FloatVector q = load(b, from + WIDTH);
      FloatVector r = load(b, from + 2 * WIDTH);
      FloatVector s = load(b, from + 3 * WIDTH);
      FloatVector v = spread(a, at);
      w0 = v.fma(p, w0);
      x0 = v.fma(q, x0);
      y0 = v.fma(r, y0);
      z0 = v.fma(s, z0);
      v = spread(a, at + aRow);
      w1 = v.fma(p, w1);
      x1 = v.fma(q, x1);
      y1 = v.fma(r, y1);
      z1 = v.fma(s, z1);
      v = spread(a, at + 2 * aRow);
      w2 = v.fma(p, w2);
      x2 = v.fma(q, x2);
      y2 = v.fma(r, y2);
      z2 = v.fma(s, z2);
      v = spread(a, at + 3 * aRow);
      w3 = v.fma(p, w3);
      x3 = v.fma(q, x3);
      y3 = v.fma(r, y3);
      z3 = v.fma(s, z3);
    }
    w0.intoArray(c, c0);
    x0.intoArray(c, c1);
    y0.intoArray(c, c2);
    z0.intoArray(c, c3);
    w1.intoArray(c, c0 + cRow);
    x1.intoArray(c, c1 + cRow);
    y1.intoArray(c, c2 + cRow);
    z1.intoArray(c, c3 + cRow);
    w2.intoArray(c, c0 + 2 * cRow);
    x2.intoArray(c, c1 + 2 * cRow);
    y2.intoArray(c, c2 + 2 * cRow);
    z2.intoArray(c, c3 + 2 * cRow);
    w3.intoArray(c, c0 + 3 * cRow);
    x3.intoArray(c, c1 + 3 * cRow);
    y3.intoArray(c, c2 + 3 * cRow);
    z3.intoArray(c, c3 + 3 * cRow);
  }
}
