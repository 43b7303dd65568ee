package dev.hadal.kernels;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The tier that serves what cannot be generated code, made when it is first needed: the Vector API
 * where Java was started with its module, else the scalar reference. Nothing here touches the
 * Vector API unless it serves something.
 */
final class KernelFallback {
  /** The module of the Vector API. */
  static final String VECTOR_MODULE = "jdk.incubator.vector";

  private static final int LEAST_VECTOR_BITS = 128;

  private final ThreadTeam team;
  private final boolean vectorModule;
  private @Nullable Kernels kernels;

  /**
   * Nothing yet.
   *
   * @param team stays the caller's
   * @param vectorModule whether the Vector API can be used, see {@link #vectorModule()}
   */
  KernelFallback(ThreadTeam team, boolean vectorModule) {
    this.team = team;
    this.vectorModule = vectorModule;
  }

  /** Whether this JVM was started with the module of the Vector API. */
  static boolean vectorModule() {
    return ModuleLayer.boot().findModule(VECTOR_MODULE).isPresent();
  }

  /** VECTOR or REFERENCE. */
  KernelTier tier() {
    return advice().isEmpty() ? KernelTier.VECTOR : KernelTier.REFERENCE;
  }

  /** Why it is not the Vector API, and what to do: a part of a sentence; empty if it is. */
  Optional<String> advice() {
    if (!vectorModule) {
      return Optional.of(
          "start with --kernels vector, which loads the module %s".formatted(VECTOR_MODULE));
    }
    int bits = VectorProbe.vectorBits();
    return bits >= LEAST_VECTOR_BITS
        ? Optional.empty()
        : Optional.of(
            "this Java has no vector registers of at least %d bits (it offers %d)"
                .formatted(LEAST_VECTOR_BITS, bits));
  }

  /** The kernels, which must not be closed: they have nothing but the caller's team. */
  Kernels kernels() {
    Kernels made = kernels;
    if (made == null) {
      made =
          tier() == KernelTier.VECTOR
              ? VectorKernels.on(team)
              : new ReferenceKernels(Arithmetic.FP32);
      kernels = made;
    }
    return made;
  }
}
