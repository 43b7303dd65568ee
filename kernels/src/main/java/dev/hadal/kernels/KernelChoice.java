package dev.hadal.kernels;

import java.lang.System.Logger.Level;
import java.util.function.Consumer;

/** Opens the kernels of a tier: the choice is made once, at start. */
public final class KernelChoice {
  private static final System.Logger LOG = System.getLogger("dev.hadal.kernels");
  private static final String VECTOR_MODULE = "jdk.incubator.vector";
  private static final int LEAST_VECTOR_BITS = 128;

  private KernelChoice() {}

  /**
   * Kernels in FP32.
   *
   * @param tier AUTO: the fastest that this machine runs
   * @param threads members of the team, at least one
   * @param warnings takes a sentence for every fall-back
   * @throws IllegalStateException if the tier was named and this JVM cannot run it
   */
  public static Kernels open(KernelTier tier, int threads, Consumer<String> warnings) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads: expected at least 1, found " + threads);
    }
    Kernels kernels =
        switch (tier) {
          case REFERENCE -> new ReferenceKernels(Arithmetic.FP32);
          case VECTOR -> {
            if (!vectorModule()) {
              throw new IllegalStateException(
                  "kernels: vector needs the module %s; start Java with --add-modules %s, or choose"
                          .formatted(VECTOR_MODULE, VECTOR_MODULE)
                      + " reference");
            }
            yield new VectorKernels(new SpinningTeam(threads));
          }
          case AUTO -> fastest(threads, warnings);
        };
    LOG.log(Level.INFO, "kernels: {0}, {1} threads", kernels.tier(), kernels.team().size());
    return kernels;
  }

  private static Kernels fastest(int threads, Consumer<String> warnings) {
    if (!vectorModule()) {
      warnings.accept(
          "The kernels are the slow scalar ones, because Java was started without --add-modules "
              + VECTOR_MODULE
              + ".");
      return new ReferenceKernels(Arithmetic.FP32);
    }
    int bits = MachineProbe.vectorBits();
    if (bits < LEAST_VECTOR_BITS) {
      warnings.accept(
          "The kernels are the slow scalar ones, because this Java has no vector registers of at"
              + " least %d bits (it offers %d).".formatted(LEAST_VECTOR_BITS, bits));
      return new ReferenceKernels(Arithmetic.FP32);
    }
    return new VectorKernels(new SpinningTeam(threads));
  }

  private static boolean vectorModule() {
    return ModuleLayer.boot().findModule(VECTOR_MODULE).isPresent();
  }
}
