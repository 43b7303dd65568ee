package dev.hadal.kernels;

import static dev.hadal.kernels.Simd.FLOATS;
import static dev.hadal.kernels.Simd.WIDTH;
import static dev.hadal.kernels.Simd.broadcast;
import static dev.hadal.kernels.Simd.load;
import static dev.hadal.kernels.Simd.store;

import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/** One step's AdamW constants, and the update of a span of elements; one thread's. */
final class AdamWSpan {
  /** Elements whose operands stay in the innermost cache between passes. */
  private static final int PIECE = 512;

  private final boolean bfloat16;
  private final float clip;
  private final float keep;
  private final float beta1;
  private final float fresh1;
  private final float beta2;
  private final float fresh2;
  private final float rate;
  private final float root;
  private final float epsilon;
  private final float[] gradient = new float[PIECE];
  private final float[] first = new float[PIECE];
  private final float[] second = new float[PIECE];

  AdamWSpan(Optimizer.AdamW step, boolean bfloat16) {
    AdamWNumbers numbers = AdamWNumbers.of(step);
    this.bfloat16 = bfloat16;
    clip = numbers.clip();
    keep = numbers.keep();
    beta1 = numbers.beta1();
    fresh1 = numbers.fresh1();
    beta2 = numbers.beta2();
    fresh2 = numbers.fresh2();
    rate = numbers.rate();
    root = numbers.root();
    epsilon = numbers.epsilon();
  }

  /** Updates elements [from, to). */
  void update(
      MemorySegment p, MemorySegment g, MemorySegment m, MemorySegment v, long from, long to) {
    for (long at = from; at < to; at += PIECE) {
      updatePiece(p, g, m, v, at, (int) Math.min(PIECE, to - at));
    }
  }

  /** The same, and their average while they are in the innermost cache. */
  void update(Optimizer.Update update, float old, float fresh, long from, long to) {
    MemorySegment p = update.p().data();
    MemorySegment g = update.g().data();
    MemorySegment m = update.m().data();
    MemorySegment v = update.v().data();
    Tensor ema = update.ema();
    for (long at = from; at < to; at += PIECE) {
      int n = (int) Math.min(PIECE, to - at);
      updatePiece(p, g, m, v, at, n);
      if (ema != null) {
        average(p, ema.data(), old, fresh, at, at + n);
      }
    }
  }

  private void updatePiece(
      MemorySegment p, MemorySegment g, MemorySegment m, MemorySegment v, long from, int n) {
    clip(g, 4 * from, clip, gradient, n);
    if (bfloat16) {
      BFloat16Rows.read(m, 2 * from, first, 0, n);
      BFloat16Rows.read(v, 2 * from, second, 0, n);
    } else {
      MemorySegment.copy(m, Tensor.FLOAT, 4 * from, first, 0, n);
      MemorySegment.copy(v, Tensor.FLOAT, 4 * from, second, 0, n);
    }
    decay(first, gradient, beta1, fresh1, n);
    decaySquares(second, gradient, beta2, fresh2, n);
    step(p, 4 * from, n);
    if (bfloat16) {
      BFloat16Rows.write(first, 0, m, 2 * from, n);
      BFloat16Rows.write(second, 0, v, 2 * from, n);
    } else {
      MemorySegment.copy(first, 0, m, Tensor.FLOAT, 4 * from, n);
      MemorySegment.copy(second, 0, v, Tensor.FLOAT, 4 * from, n);
    }
  }

  private static void decay(float[] m, float[] g, float beta, float fresh, int n) {
    for (int i = 0; i < n; i++) {
      m[i] = Math.fma(beta, m[i], fresh * g[i]);
    }
  }

  private static void decaySquares(float[] v, float[] g, float beta, float fresh, int n) {
    for (int i = 0; i < n; i++) {
      v[i] = Math.fma(beta, v[i], fresh * g[i] * g[i]);
    }
  }

  private static void clip(MemorySegment g, long base, float clip, float[] out, int n) {
    int i = 0;
    for (; i <= n - WIDTH; i += WIDTH) {
      load(g, base + 4L * i).mul(clip).intoArray(out, i);
    }
    for (; i < n; i++) {
      out[i] = g.get(Tensor.FLOAT, base + 4L * i) * clip;
    }
  }

  private void step(MemorySegment p, long base, int n) {
    steps(first, second, root, epsilon, rate, gradient, n);
    int i = 0;
    for (; i <= n - WIDTH; i += WIDTH) {
      long at = base + 4L * i;
      store(load(p, at).mul(keep).sub(FloatVector.fromArray(FLOATS, gradient, i)), p, at);
    }
    for (; i < n; i++) {
      long at = base + 4L * i;
      p.set(Tensor.FLOAT, at, p.get(Tensor.FLOAT, at) * keep - gradient[i]);
    }
  }

  private static void steps(
      float[] m, float[] v, float root, float epsilon, float rate, float[] out, int n) {
    for (int i = 0; i < n; i++) {
      out[i] = rate * (m[i] / ((float) Math.sqrt(v[i]) / root + epsilon));
    }
  }

  static void average(
      MemorySegment p, MemorySegment ema, float old, float fresh, long from, long to) {
    long i = from;
    for (; i <= to - WIDTH; i += WIDTH) {
      FloatVector part = load(p, 4 * i).mul(fresh);
      store(load(ema, 4 * i).fma(broadcast(old), part), ema, 4 * i);
    }
    for (; i < to; i++) {
      float part = fresh * p.get(Tensor.FLOAT, 4 * i);
      ema.set(Tensor.FLOAT, 4 * i, Math.fma(old, ema.get(Tensor.FLOAT, 4 * i), part));
    }
  }
}
