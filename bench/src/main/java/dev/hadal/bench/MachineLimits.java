package dev.hadal.bench;

import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.MachineProbe;
import dev.hadal.kernels.SpinningTeam;
import dev.hadal.kernels.ThreadTeam;

/**
 * What the machine can do at most, measured.
 *
 * @param vectorBits width of the vectors that kernels use; 0 where there are none
 * @param vectorised whether the compiler makes vector instructions of vector code
 * @param fp32Gflops FP32 multiply-adds of all threads, in thousand million operations a second
 * @param bf16Gflops BF16 dot products of all threads, the same way; 0 where no kernel uses them
 * @param readGigabytes reading from memory by all threads, in GB/s
 * @param regionMicros one empty region of the thread team, in microseconds
 */
record MachineLimits(
    int vectorBits,
    boolean vectorised,
    double fp32Gflops,
    double bf16Gflops,
    double readGigabytes,
    double regionMicros) {
  /** No limits are known: shares are not stated. */
  static final MachineLimits UNKNOWN = new MachineLimits(0, false, 0, 0, 0, 0);

  /** Measures with a team of so many threads; {@link #UNKNOWN} where nothing here can. */
  static MachineLimits measure(int threads) {
    if (!MachineProbe.possible()) {
      return UNKNOWN;
    }
    try (ThreadTeam team = new SpinningTeam(threads)) {
      MachineProbe.Limits limits = MachineProbe.measure(team);
      return new MachineLimits(
          limits.vectorBits(),
          limits.vectorised(),
          limits.flops() * 1e-9,
          limits.dotFlops() * 1e-9,
          limits.readBytes() * 1e-9,
          limits.regionSeconds() * 1e6);
    }
  }

  /** Reads again, since what memory gives changes within minutes; 0 where nothing can read. */
  static double readAgain(int threads) {
    if (!MachineProbe.possible()) {
      return 0;
    }
    try (ThreadTeam team = new SpinningTeam(threads)) {
      return MachineProbe.readBytes(team) * 1e-9;
    }
  }

  /** What products can reach, with BF16 or FP8 operands or with FP32. */
  double gflops(Kernels kernels, boolean lowPrecision) {
    boolean dots = MachineProbe.usesDots(kernels, lowPrecision);
    return dots && bf16Gflops > 0 ? bf16Gflops : fp32Gflops;
  }
}
