package dev.hadal.bench;

import dev.hadal.kernels.KernelTier;
import java.nio.file.Path;

/**
 * What is examined.
 *
 * @param threads threads that will compute
 * @param tier kernels that will compute
 * @param folder where runs will be written
 */
public record DoctorOptions(int threads, KernelTier tier, Path folder) {
  /** Checks the number of threads. */
  public DoctorOptions {
    if (threads < 1) {
      throw new BenchException("threads: expected at least 1, found " + threads);
    }
  }

  /** All processors, the fastest kernels, the working folder. */
  public static DoctorOptions defaults() {
    return new DoctorOptions(
        Runtime.getRuntime().availableProcessors(), KernelTier.AUTO, Path.of(""));
  }
}
