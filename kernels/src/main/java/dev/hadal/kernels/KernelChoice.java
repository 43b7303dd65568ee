package dev.hadal.kernels;

import java.util.function.Consumer;

/** Opens the kernels of a tier: the choice is made once, at start. */
public final class KernelChoice {
  private KernelChoice() {}

  /**
   * Kernels in FP32.
   *
   * @param tier AUTO: the fastest that this machine runs
   * @param threads members of the team, at least one
   * @param warnings takes a sentence for every fall-back
   */
  public static Kernels open(KernelTier tier, int threads, Consumer<String> warnings) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads: expected at least 1, found " + threads);
    }
    return new ReferenceKernels(Arithmetic.FP32);
  }
}
