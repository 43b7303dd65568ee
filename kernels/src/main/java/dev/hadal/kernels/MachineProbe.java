package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.tensor.LargeMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.LongToDoubleFunction;

/**
 * What this machine can do at most, measured in a second or two: the limits over which the speed of
 * kernels is stated. Of arithmetic the best of many short runs counts, since a limit is what is
 * reached when nothing disturbs; of reading the median, because the memory is shared with other
 * guests of the host and the best run is luck. Generated code measures where the processor runs it,
 * the Vector API elsewhere.
 */
public final class MachineProbe {
  private static final int STEPS = 1 << 14;
  private static final double PROBE_SECONDS = 0.4;
  private static final long READ_BYTES = 512L << 20;

  /** Bytes of one call of generated code: well under a millisecond. */
  private static final long READ_CHUNK = 4L << 20;

  private static final int REGIONS = 2_000;
  private static final int GENERATED_BITS = 512;

  /** How much faster vector code must be than scalar code to count as such. */
  private static final double LEAST_GAIN = 1.8;

  private MachineProbe() {}

  /**
   * What was measured.
   *
   * @param vectorBits width of the vectors that the kernels use
   * @param flops FP32 operations a second of all members, two for a fused multiply-add
   * @param dotFlops operations a second of BF16 dot products; 0 where generated code has none
   * @param readBytes bytes a second that all members read from memory together
   * @param regionSeconds of one empty region of the team
   * @param vectorised whether vector code runs as vector instructions; true where there is none
   */
  public record Limits(
      int vectorBits,
      double flops,
      double dotFlops,
      double readBytes,
      double regionSeconds,
      boolean vectorised) {
    /** There is nothing to measure with. */
    public static final Limits UNKNOWN = new Limits(0, 0, 0, 0, 0, false);

    /** Operations a second that products can reach: with BF16 or FP8 operands or with FP32. */
    public double peak(Kernels kernels, boolean lowPrecision) {
      return usesDots(kernels, lowPrecision) && dotFlops > 0 ? dotFlops : flops;
    }
  }

  /** Whether products are dot products of BF16, with BF16 or FP8 operands or with FP32. */
  public static boolean usesDots(Kernels kernels, boolean lowPrecision) {
    return lowPrecision
        && kernels.families().stream()
            .anyMatch(
                served ->
                    served.family() == KernelFamily.PRODUCTS_BF16
                        && served.tier() == KernelTier.GENERATED);
  }

  /** Whether there is anything to measure with: generated code or the Vector API. */
  public static boolean possible() {
    return KernelFallback.vectorModule()
        || ArithmeticPeak.of(CodeLoader.ofThisMachine(), OperandKind.DENSE).isPresent();
  }

  /**
   * Measures with all members of a team.
   *
   * @throws IllegalStateException if this JVM runs no generated code and was started without the
   *     Vector API
   */
  public static Limits measure(ThreadTeam team) {
    CodeLoader loader = CodeLoader.ofThisMachine();
    Optional<ArithmeticPeak> fp32 = ArithmeticPeak.of(loader, OperandKind.DENSE);
    if (fp32.isEmpty() && !KernelFallback.vectorModule()) {
      throw nothingToMeasureWith();
    }
    double dots =
        ArithmeticPeak.of(loader, OperandKind.BFLOAT).map(peak -> flops(team, peak)).orElse(0.0);
    return new Limits(
        fp32.isPresent() ? GENERATED_BITS : VectorProbe.vectorBits(),
        fp32.map(peak -> flops(team, peak)).orElseGet(() -> vectorFlops(team)),
        dots,
        readBytes(team),
        regionSeconds(team),
        !KernelFallback.vectorModule() || vectorised());
  }

  private static IllegalStateException nothingToMeasureWith() {
    return new IllegalStateException(
        "machine probe: start with --kernels vector, which loads the module "
            + KernelFallback.VECTOR_MODULE);
  }

  /** The compiler may need longer than one measurement before it makes vector instructions. */
  private static boolean vectorised() {
    double scalar = best(VectorProbe.SCALAR_FLOPS, _ -> VectorProbe.scalarSums());
    for (int attempt = 0; attempt < 3; attempt++) {
      double vector = best(VectorProbe.vectorFlops(), _ -> VectorProbe.vectorSums());
      if (vector > LEAST_GAIN * scalar) {
        return true;
      }
    }
    return false;
  }

  private static double flops(ThreadTeam team, ArithmeticPeak peak) {
    double[] done = new double[team.size()];
    return best(
        peak.run(1) * STEPS * team.size(),
        _ -> {
          team.run(member -> done[member] = peak.run(STEPS));
          return Arrays.stream(done).sum();
        });
  }

  private static double vectorFlops(ThreadTeam team) {
    double[] sums = new double[team.size()];
    return best(
        VectorProbe.vectorFlops() * team.size(),
        _ -> {
          team.run(member -> sums[member] = VectorProbe.vectorSums());
          return Arrays.stream(sums).sum();
        });
  }

  /** The most work a second of any run. */
  static double best(double work, LongToDoubleFunction run) {
    return work / seconds(run)[0];
  }

  private static double median(double work, LongToDoubleFunction run) {
    double[] seconds = seconds(run);
    return work / seconds[seconds.length / 2];
  }

  /** Times of runs, ascending; what is computed must be used, or it is not computed. */
  private static double[] seconds(LongToDoubleFunction run) {
    List<Double> seconds = new ArrayList<>();
    double used = 0;
    long start = System.nanoTime();
    for (long i = 0; i < 20 || (System.nanoTime() - start) * 1e-9 < PROBE_SECONDS; i++) {
      long begin = System.nanoTime();
      used += run.applyAsDouble(i);
      seconds.add((System.nanoTime() - begin) * 1e-9);
    }
    if (Double.isNaN(used)) {
      throw new IllegalStateException("machine probe: a sum is not a number");
    }
    return seconds.stream().sorted().mapToDouble(Double::doubleValue).toArray();
  }

  /**
   * Bytes a second that all members read together, each its own part of more than caches hold, from
   * the pages that kernels read from.
   */
  public static double readBytes(ThreadTeam team) {
    long part = READ_BYTES / team.size() / READ_CHUNK * READ_CHUNK;
    Optional<MethodHandle> code = readCode();
    if (code.isEmpty() && !KernelFallback.vectorModule()) {
      throw nothingToMeasureWith();
    }
    try (Arena arena = Arena.ofShared()) {
      MemorySegment memory = LargeMemory.allocate(arena, part * team.size(), 4096);
      memory.fill((byte) 0);
      double[] sums = new double[team.size()];
      return median(
          (double) part * team.size(),
          _ -> {
            team.run(member -> sums[member] = read(code, memory.asSlice(member * part, part)));
            return Arrays.stream(sums).sum();
          });
    }
  }

  private static Optional<MethodHandle> readCode() {
    CodeLoader loader = CodeLoader.ofThisMachine();
    var code = ReadCode.assemble();
    return GeneratedCode.obstacle(loader, code).isPresent()
        ? Optional.empty()
        : Optional.of(loader.load(code, ReadCode.SIGNATURE, Arena.global()));
  }

  private static double read(Optional<MethodHandle> code, MemorySegment memory) {
    if (code.isEmpty()) {
      return VectorProbe.read(memory, 0, memory.byteSize());
    }
    try {
      for (long at = 0; at < memory.byteSize(); at += READ_CHUNK) {
        code.get().invokeExact(memory.address() + at, READ_CHUNK);
      }
      return 0;
    } catch (Throwable e) {
      throw GeneratedCode.unexpected(e);
    }
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
