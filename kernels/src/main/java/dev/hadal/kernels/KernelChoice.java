package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.util.function.Consumer;

/** Opens the kernels of a tier: the choice is made once, at start. */
public final class KernelChoice {
  private static final System.Logger LOG = System.getLogger("dev.hadal.kernels");
  static final String VECTOR_MODULE = "jdk.incubator.vector";
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
    return open(tier, threads, CodeLoader.ofThisMachine(), warnings);
  }

  /** The same with what generated code may use. */
  static Kernels open(KernelTier tier, int threads, CodeLoader loader, Consumer<String> warnings) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads: expected at least 1, found " + threads);
    }
    Kernels kernels =
        switch (tier) {
          case REFERENCE -> new ReferenceKernels(Arithmetic.FP32);
          case VECTOR -> {
            requireVectorModule(tier);
            yield new VectorKernels(new SpinningTeam(threads));
          }
          case GENERATED -> {
            requireVectorModule(tier);
            GeneratedProducts products = GeneratedProducts.of(loader);
            if (products.kinds().isEmpty()) {
              throw new IllegalStateException(
                  "kernels: generated code does not run here (%s); choose vector or auto"
                      .formatted(products.reasons()));
            }
            yield generated(threads, loader, products, warnings);
          }
          case AUTO -> fastest(threads, loader, warnings);
        };
    LOG.log(Level.INFO, "kernels: {0}, {1} threads", kernels.tier(), kernels.team().size());
    return kernels;
  }

  private static void requireVectorModule(KernelTier tier) {
    if (!vectorModule()) {
      throw new IllegalStateException(
          "kernels: %s needs the module %s; start Java with --add-modules %s, or choose reference"
              .formatted(tier.label(), VECTOR_MODULE, VECTOR_MODULE));
    }
  }

  private static Kernels fastest(int threads, CodeLoader loader, Consumer<String> warnings) {
    if (!vectorModule()) {
      warnings.accept(
          "The kernels are the slow scalar ones, because Java was started without --add-modules "
              + VECTOR_MODULE
              + ".");
      return new ReferenceKernels(Arithmetic.FP32);
    }
    int bits = VectorProbe.vectorBits();
    if (bits < LEAST_VECTOR_BITS) {
      warnings.accept(
          "The kernels are the slow scalar ones, because this Java has no vector registers of at"
              + " least %d bits (it offers %d).".formatted(LEAST_VECTOR_BITS, bits));
      return new ReferenceKernels(Arithmetic.FP32);
    }
    GeneratedProducts products = GeneratedProducts.of(loader);
    if (products.kinds().isEmpty()) {
      products.warn(warnings);
      return new VectorKernels(new SpinningTeam(threads));
    }
    return generated(threads, loader, products, warnings);
  }

  private static Kernels generated(
      int threads, CodeLoader loader, GeneratedProducts products, Consumer<String> warnings) {
    products.warn(warnings);
    ProductFunctions functions = new ProductFunctions(loader, Arena.global(), products.kinds());
    return new GeneratedKernels(loader, functions, new VectorKernels(new SpinningTeam(threads)));
  }

  /** Whether this JVM was started with the Vector API. */
  static boolean vectorModule() {
    return ModuleLayer.boot().findModule(VECTOR_MODULE).isPresent();
  }
}
