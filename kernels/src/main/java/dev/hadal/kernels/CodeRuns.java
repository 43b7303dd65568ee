package dev.hadal.kernels;

import static dev.hadal.kernels.CodeLanes.E4M3_LANES;
import static dev.hadal.kernels.CodeLanes.E5M6_LANES;
import static dev.hadal.kernels.Simd.INTS;
import static dev.hadal.kernels.Simd.WIDTH;

import dev.hadal.numerics.E4M3;
import dev.hadal.numerics.E5M6;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Runs of neighbouring elements of one row, converted between F32 and scaled codes, with one scale
 * for all or with a scale each. Elements are counted from the start of the segments.
 *
 * <p>Each format has loops of its own: there its numbers are constants of the compiled code, and
 * that makes them about twice as fast.
 *
 * @param format of the codes
 */
record CodeRuns(Quantizer.Format format) {
  private static final int MAGNITUDE = 0x7FFFFFFF;

  /**
   * The largest of some magnitudes and of those of x[at] to x[at + n - 1], all as bits: these are
   * ordered as the magnitudes are, and NaN is above infinity.
   */
  static int largest(MemorySegment x, long at, int n, int magnitude) {
    IntVector largest = IntVector.broadcast(INTS, magnitude);
    int i = 0;
    for (; i <= n - WIDTH; i += WIDTH) {
      largest = largest.max(magnitudes(x, 4 * at + 4L * i));
    }
    int result = largest.reduceLanes(VectorOperators.MAX);
    for (; i < n; i++) {
      result = Math.max(result, x.get(Tensor.INT, 4 * at + 4L * i) & MAGNITUDE);
    }
    return result;
  }

  /** Raises largest[to + i] to the magnitude of x[at + i], both as bits. */
  static void raise(MemorySegment x, long at, int n, MemorySegment largest, long to) {
    int i = 0;
    for (; i <= n - WIDTH; i += WIDTH) {
      long target = 4 * to + 4L * i;
      IntVector raised =
          IntVector.fromMemorySegment(INTS, largest, target, ByteOrder.LITTLE_ENDIAN)
              .max(magnitudes(x, 4 * at + 4L * i));
      raised.intoMemorySegment(largest, target, ByteOrder.LITTLE_ENDIAN);
    }
    for (; i < n; i++) {
      long target = 4 * to + 4L * i;
      int magnitude = x.get(Tensor.INT, 4 * at + 4L * i) & MAGNITUDE;
      largest.set(Tensor.INT, target, Math.max(largest.get(Tensor.INT, target), magnitude));
    }
  }

  private static IntVector magnitudes(MemorySegment x, long offset) {
    return IntVector.fromMemorySegment(INTS, x, offset, ByteOrder.LITTLE_ENDIAN).and(MAGNITUDE);
  }

  /** codes[at + i] = encode(x[at + i] / scale). */
  void encode(MemorySegment x, long at, int n, float scale, MemorySegment codes) {
    switch (format) {
      case E4M3 -> encodeE4M3(x, at, n, scale, codes);
      case E5M6 -> encodeE5M6(x, at, n, scale, codes);
    }
    for (int i = Simd.whole(n); i < n; i++) {
      encode(x.get(Tensor.FLOAT, 4 * at + 4L * i) / scale, codes, at + i);
    }
  }

  /** codes[at + i] = encode(x[at + i] / scales[from + i]). */
  void encode(
      MemorySegment x, long at, int n, MemorySegment scales, long from, MemorySegment codes) {
    switch (format) {
      case E4M3 -> encodeE4M3(x, at, n, scales, from, codes);
      case E5M6 -> encodeE5M6(x, at, n, scales, from, codes);
    }
    for (int i = Simd.whole(n); i < n; i++) {
      float scale = scales.get(Tensor.FLOAT, 4 * from + 4L * i);
      encode(x.get(Tensor.FLOAT, 4 * at + 4L * i) / scale, codes, at + i);
    }
  }

  private void encode(float value, MemorySegment codes, long at) {
    switch (format) {
      case E4M3 -> codes.set(Tensor.BYTE, at, E4M3.encode(ReferenceQuantizer.canonical(value)));
      case E5M6 ->
          codes.set(Tensor.SHORT, 2 * at, E5M6.encode(ReferenceQuantizer.canonical(value)));
    }
  }

  /** out[at + i] = decode(codes[at + i]) * scale. */
  void decode(MemorySegment codes, long at, int n, float scale, MemorySegment out) {
    switch (format) {
      case E4M3 -> decodeE4M3(codes, at, n, scale, out);
      case E5M6 -> decodeE5M6(codes, at, n, scale, out);
    }
    for (int i = Simd.whole(n); i < n; i++) {
      out.set(Tensor.FLOAT, 4 * at + 4L * i, decode(codes, at + i) * scale);
    }
  }

  /** out[at + i] = decode(codes[at + i]) * scales[from + i]. */
  void decode(
      MemorySegment codes, long at, int n, MemorySegment scales, long from, MemorySegment out) {
    switch (format) {
      case E4M3 -> decodeE4M3(codes, at, n, scales, from, out);
      case E5M6 -> decodeE5M6(codes, at, n, scales, from, out);
    }
    for (int i = Simd.whole(n); i < n; i++) {
      float scale = scales.get(Tensor.FLOAT, 4 * from + 4L * i);
      out.set(Tensor.FLOAT, 4 * at + 4L * i, decode(codes, at + i) * scale);
    }
  }

  private float decode(MemorySegment codes, long at) {
    return switch (format) {
      case E4M3 -> E4M3.decode(codes.get(Tensor.BYTE, at));
      case E5M6 -> E5M6.decode(codes.get(Tensor.SHORT, 2 * at));
    };
  }

  private static void encodeE4M3(
      MemorySegment x, long at, int n, float scale, MemorySegment codes) {
    FloatVector scales = Simd.broadcast(scale);
    for (int i = 0; i <= n - WIDTH; i += WIDTH) {
      FloatVector values = Simd.load(x, 4 * at + 4L * i).div(scales);
      E4M3_LANES.store(E4M3_LANES.encode(values), codes, at + i);
    }
  }

  private static void encodeE4M3(
      MemorySegment x, long at, int n, MemorySegment scales, long from, MemorySegment codes) {
    for (int i = 0; i <= n - WIDTH; i += WIDTH) {
      FloatVector scale = Simd.load(scales, 4 * from + 4L * i);
      FloatVector values = Simd.load(x, 4 * at + 4L * i).div(scale);
      E4M3_LANES.store(E4M3_LANES.encode(values), codes, at + i);
    }
  }

  private static void decodeE4M3(
      MemorySegment codes, long at, int n, float scale, MemorySegment out) {
    FloatVector scales = Simd.broadcast(scale);
    for (int i = 0; i <= n - WIDTH; i += WIDTH) {
      FloatVector values = E4M3_LANES.decode(E4M3_LANES.load(codes, at + i));
      Simd.store(values.mul(scales), out, 4 * at + 4L * i);
    }
  }

  private static void decodeE4M3(
      MemorySegment codes, long at, int n, MemorySegment scales, long from, MemorySegment out) {
    for (int i = 0; i <= n - WIDTH; i += WIDTH) {
      FloatVector scale = Simd.load(scales, 4 * from + 4L * i);
      FloatVector values = E4M3_LANES.decode(E4M3_LANES.load(codes, at + i));
      Simd.store(values.mul(scale), out, 4 * at + 4L * i);
    }
  }

  private static void encodeE5M6(
      MemorySegment x, long at, int n, float scale, MemorySegment codes) {
    FloatVector scales = Simd.broadcast(scale);
    for (int i = 0; i <= n - WIDTH; i += WIDTH) {
      FloatVector values = Simd.load(x, 4 * at + 4L * i).div(scales);
      E5M6_LANES.store(E5M6_LANES.encode(values), codes, 2 * (at + i));
    }
  }

  private static void encodeE5M6(
      MemorySegment x, long at, int n, MemorySegment scales, long from, MemorySegment codes) {
    for (int i = 0; i <= n - WIDTH; i += WIDTH) {
      FloatVector scale = Simd.load(scales, 4 * from + 4L * i);
      FloatVector values = Simd.load(x, 4 * at + 4L * i).div(scale);
      E5M6_LANES.store(E5M6_LANES.encode(values), codes, 2 * (at + i));
    }
  }

  private static void decodeE5M6(
      MemorySegment codes, long at, int n, float scale, MemorySegment out) {
    FloatVector scales = Simd.broadcast(scale);
    for (int i = 0; i <= n - WIDTH; i += WIDTH) {
      FloatVector values = E5M6_LANES.decode(E5M6_LANES.load(codes, 2 * (at + i)));
      Simd.store(values.mul(scales), out, 4 * at + 4L * i);
    }
  }

  private static void decodeE5M6(
      MemorySegment codes, long at, int n, MemorySegment scales, long from, MemorySegment out) {
    for (int i = 0; i <= n - WIDTH; i += WIDTH) {
      FloatVector scale = Simd.load(scales, 4 * from + 4L * i);
      FloatVector values = E5M6_LANES.decode(E5M6_LANES.load(codes, 2 * (at + i)));
      Simd.store(values.mul(scale), out, 4 * at + 4L * i);
    }
  }
}
