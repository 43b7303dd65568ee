package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.LongToDoubleFunction;
import jdk.incubator.vector.FloatVector;

/**
 * What this machine can do at most, measured in a second or two: the limits over which the speed of
 * kernels is stated. The best of many short runs counts, since a limit is what is reached when
 * nothing disturbs.
 */
public final class MachineProbe {
  private static final int SUMS = 12;
  private static final int STEPS = 1 << 14;
  private static final double PROBE_SECONDS = 0.4;
  private static final long READ_BYTES = 512L << 20;
  private static final int REGIONS = 2_000;

  /** How much faster vector code must be than scalar code to count as such. */
  private static final double LEAST_GAIN = 1.8;

  private MachineProbe() {}

  /** Bits of the vectors that the Vector API prefers here. */
  static int vectorBits() {
    return Simd.FLOATS.vectorBitSize();
  }

  /**
   * What was measured.
   *
   * @param vectorBits width of the vectors that the vector kernels use
   * @param flops FP32 operations a second of all members, two for a fused multiply-add
   * @param dotFlops operations a second of BF16 dot products; 0 where generated code has none
   * @param readBytes bytes a second that all members read from memory together
   * @param regionSeconds of one empty region of the team
   * @param vectorised whether vector code runs as vector instructions
   */
  public record Limits(
      int vectorBits,
      double flops,
      double dotFlops,
      double readBytes,
      double regionSeconds,
      boolean vectorised) {

    /** Operations a second that products can reach: with BF16 or FP8 operands or with FP32. */
    public double peak(Kernels kernels, boolean lowPrecision) {
      return usesDots(kernels, lowPrecision) && dotFlops > 0 ? dotFlops : flops;
    }
  }

  /** Whether products are dot products of BF16, with BF16 or FP8 operands or with FP32. */
  public static boolean usesDots(Kernels kernels, boolean lowPrecision) {
    return lowPrecision && kernels.tier().equals(KernelTier.GENERATED.label());
  }

  /**
   * Measures with all members of a team.
   *
   * @throws IllegalStateException if this JVM was started without the Vector API
   */
  public static Limits measure(ThreadTeam team) {
    if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
      throw new IllegalStateException(
          "machine probe: start Java with --add-modules jdk.incubator.vector");
    }
    double flops = flops(team);
    double scalar = best(2.0 * SUMS * STEPS, _ -> scalarSums());
    double vector = best(2.0 * SUMS * STEPS * Simd.WIDTH, _ -> vectorSums());
    return new Limits(
        vectorBits(),
        flops,
        dotFlops(team),
        readBytes(team),
        regionSeconds(team),
        vector > LEAST_GAIN * scalar);
  }

  private static double dotFlops(ThreadTeam team) {
    return DotPeak.of(CodeLoader.ofThisMachine())
        .map(
            peak -> {
              double[] done = new double[team.size()];
              team.run(member -> done[member] = peak.run(1));
              return best(
                  done[0] * STEPS * team.size(),
                  _ -> {
                    team.run(member -> done[member] = peak.run(STEPS));
                    return Arrays.stream(done).sum();
                  });
            })
        .orElse(0.0);
  }

  /** FP32 operations a second of all members: chains of fused multiply-adds in registers. */
  static double flops(ThreadTeam team) {
    double[] sums = new double[team.size()];
    return best(
        2.0 * SUMS * STEPS * Simd.WIDTH * team.size(),
        _ -> {
          team.run(member -> sums[member] = vectorSums());
          return Arrays.stream(sums).sum();
        });
  }

  /** The most work a second of any run; what is computed must be used, or it is not computed. */
  private static double best(double work, LongToDoubleFunction run) {
    double shortest = Double.POSITIVE_INFINITY;
    double used = 0;
    long start = System.nanoTime();
    for (long i = 0; i < 20 || (System.nanoTime() - start) * 1e-9 < PROBE_SECONDS; i++) {
      long begin = System.nanoTime();
      used += run.applyAsDouble(i);
      shortest = Math.min(shortest, (System.nanoTime() - begin) * 1e-9);
    }
    if (Double.isNaN(used)) {
      throw new IllegalStateException("machine probe: a sum is not a number");
    }
    return work / shortest;
  }

  private static float vectorSums() {
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

  private static float scalarSums() {
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

  /** Bytes a second that all members read together, each its own part of more than caches hold. */
  static double readBytes(ThreadTeam team) {
    long part = READ_BYTES / team.size() / 4096 * 4096;
    try (Arena arena = Arena.ofShared()) {
      MemorySegment memory = arena.allocate(part * team.size(), 4096);
      memory.fill((byte) 0);
      double[] sums = new double[team.size()];
      return best(
          (double) part * team.size(),
          _ -> {
            team.run(member -> sums[member] = read(memory, member * part, part));
            return Arrays.stream(sums).sum();
          });
    }
  }

  private static float read(MemorySegment memory, long from, long bytes) {
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

  /** The time of an empty region of the team. */
  static double regionSeconds(ThreadTeam team) {
    double regions =
        best(
            REGIONS,
            _ -> {
              for (int i = 0; i < REGIONS; i++) {
                team.run(_ -> {});
              }
              return 0;
            });
    return 1 / regions;
  }
}
