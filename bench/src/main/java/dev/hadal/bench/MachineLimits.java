package dev.hadal.bench;

import dev.hadal.kernels.KernelChoice;
import dev.hadal.kernels.KernelTier;
import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.MachineProbe;

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

  /** Measures with a team of so many threads, unless there is nothing to do it with. */
  static MachineLimits measure(int threads) {
    if (!MachineProbe.possible()) {
      return UNKNOWN;
    }
    try (Kernels kernels = KernelChoice.open(KernelTier.AUTO, threads, _ -> {})) {
      MachineProbe.Limits limits = MachineProbe.measure(kernels.team());
      return new MachineLimits(
          limits.vectorBits(),
          limits.vectorised(),
          limits.flops() * 1e-9,
          limits.dotFlops() * 1e-9,
          limits.readBytes() * 1e-9,
          limits.regionSeconds() * 1e6);
    }
  }

  /** What products can reach, with BF16 or FP8 operands or with FP32. */
  double gflops(Kernels kernels, boolean lowPrecision) {
    boolean dots = MachineProbe.usesDots(kernels, lowPrecision);
    return dots && bf16Gflops > 0 ? bf16Gflops : fp32Gflops;
  }
}
