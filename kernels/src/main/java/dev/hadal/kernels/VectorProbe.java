package dev.hadal.kernels;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/** The loops of {@link MachineProbe} in the Vector API, for machines without generated code. */
final class VectorProbe {
  private static final int SUMS = 12;
  private static final int STEPS = 1 << 14;

  /** Operations of {@link #scalarSums}; a vector does them in every lane. */
  static final double SCALAR_FLOPS = 2.0 * SUMS * STEPS;

  private VectorProbe() {}

  /** Bits of the vectors that the Vector API prefers here. */
  static int vectorBits() {
    return Simd.FLOATS.vectorBitSize();
  }

  /** Operations of {@link #vectorSums}. */
  static double vectorFlops() {
    return SCALAR_FLOPS * Simd.WIDTH;
  }

  /** Chains of fused multiply-adds in registers. */
  static float vectorSums() {
    FloatVector a = Simd.broadcast(0.5f);
    FloatVector b = Simd.broadcast(0.25f);
    FloatVector s0 = b;
    FloatVector s1 = b;
    FloatVector s2 = b;
    FloatVector s3 = b;
    FloatVector s4 = b;
    FloatVector s5 = b;
    FloatVector s6 = b;
    FloatVector s7 = b;
    FloatVector s8 = b;
    FloatVector s9 = b;
    FloatVector s10 = b;
    FloatVector s11 = b;
    for (int i = 0; i < STEPS; i++) {
      s0 = s0.fma(a, b);
      s1 = s1.fma(a, b);
      s2 = s2.fma(a, b);
      s3 = s3.fma(a, b);
      s4 = s4.fma(a, b);
      s5 = s5.fma(a, b);
      s6 = s6.fma(a, b);
      s7 = s7.fma(a, b);
      s8 = s8.fma(a, b);
      s9 = s9.fma(a, b);
      s10 = s10.fma(a, b);
      s11 = s11.fma(a, b);
    }
    FloatVector sum = s0.add(s1).add(s2).add(s3).add(s4).add(s5);
    return sum.add(s6).add(s7).add(s8).add(s9).add(s10).add(s11).lane(0);
  }

  /** The same in one lane. */
  static float scalarSums() {
    float a = 0.5f;
    float b = 0.25f;
    float s0 = b;
    float s1 = b;
    float s2 = b;
    float s3 = b;
    float s4 = b;
    float s5 = b;
    float s6 = b;
    float s7 = b;
    float s8 = b;
    float s9 = b;
    float s10 = b;
    float s11 = b;
    for (int i = 0; i < STEPS; i++) {
      s0 = Math.fma(s0, a, b);
      s1 = Math.fma(s1, a, b);
      s2 = Math.fma(s2, a, b);
      s3 = Math.fma(s3, a, b);
      s4 = Math.fma(s4, a, b);
      s5 = Math.fma(s5, a, b);
      s6 = Math.fma(s6, a, b);
      s7 = Math.fma(s7, a, b);
      s8 = Math.fma(s8, a, b);
      s9 = Math.fma(s9, a, b);
      s10 = Math.fma(s10, a, b);
      s11 = Math.fma(s11, a, b);
    }
    return s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11;
  }

  /** Reads memory; the result must be used, or nothing is read. */
  static float read(MemorySegment memory, long from, long bytes) {
    long stride = 4L * Simd.WIDTH;
    FloatVector s0 = Simd.broadcast(0);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    for (long at = from; at < from + bytes; at += 4 * stride) {
      s0 = s0.add(Simd.load(memory, at));
      s1 = s1.add(Simd.load(memory, at + stride));
      s2 = s2.add(Simd.load(memory, at + 2 * stride));
      s3 = s3.add(Simd.load(memory, at + 3 * stride));
    }
    return s0.add(s1).add(s2).add(s3).lane(0);
  }
}
