package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.tensor.LargeMemory;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Opens the kernels of a tier: the choice is made once, at start. */
public final class KernelChoice {
  private static final System.Logger LOG = System.getLogger("dev.hadal.kernels");

  /** Bytes that come as large memory. */
  private static final long LARGE = 4 << 20;

  private KernelChoice() {}

  /**
   * Does what takes the JVM longest when generated kernels are opened and first called, and what it
   * keeps: a program that starts can let a thread of its own do so while it reads its arguments.
   * Changes no result; what fails here fails again, and is told, when kernels are opened.
   */
  public static void linkAhead() {
    // Without that right the JVM warns at the first call, which a command may never come to.
    boolean allowed = CodeLoader.class.getModule().isNativeAccessEnabled();
    if (!allowed || CodeLoader.ofThisMachine().processor().present().isEmpty()) {
      return;
    }
    Stream.of(
            ProductCode.SIGNATURE,
            GateCode.SCORES,
            SwiGluCode.FORWARD,
            RotationCode.SIGNATURE,
            RmsNormCode.FORWARD)
        .forEach(CodeLoader::link);
    try (Arena arena = Arena.ofConfined()) {
      LargeMemory.allocate(arena, LARGE, 1);
    }
  }

  /**
   * Kernels in FP32.
   *
   * @param tier AUTO: the fastest that this machine runs
   * @param threads members of the team, at least one
   * @param warnings takes one sentence if families are served more slowly than they could be
   * @throws IllegalStateException if the tier was named and this JVM cannot run it
   */
  public static Kernels open(KernelTier tier, int threads, Consumer<String> warnings) {
    return open(tier, threads, CodeLoader.ofThisMachine(), warnings);
  }

  /** The same with what generated code may use. */
  static Kernels open(KernelTier tier, int threads, CodeLoader loader, Consumer<String> warnings) {
    return open(tier, threads, loader, KernelFallback.vectorModule(), warnings);
  }

  /** The same with or without the Vector API. */
  static Kernels open(
      KernelTier tier,
      int threads,
      CodeLoader loader,
      boolean vectorModule,
      Consumer<String> warnings) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads: expected at least 1, found " + threads);
    }
    Kernels kernels =
        switch (tier) {
          case REFERENCE -> new ReferenceKernels(Arithmetic.FP32);
          case VECTOR -> {
            if (!vectorModule) {
              throw new IllegalStateException(
                  "kernels: vector needs the module %s; start Java with --add-modules %s, or choose reference"
                      .formatted(KernelFallback.VECTOR_MODULE, KernelFallback.VECTOR_MODULE));
            }
            yield VectorKernels.on(new SpinningTeam(threads));
          }
          case GENERATED, AUTO -> {
            ThreadTeam team = new SpinningTeam(threads);
            try {
              yield generated(tier, team, loader, new KernelFallback(team, vectorModule), warnings);
            } catch (RuntimeException | Error e) {
              team.close();
              throw e;
            }
          }
        };
    LOG.log(Level.INFO, "kernels: {0}, {1} threads", kernels.tier(), kernels.team().size());
    return kernels;
  }

  private static Kernels generated(
      KernelTier tier,
      ThreadTeam team,
      CodeLoader loader,
      KernelFallback fallback,
      Consumer<String> warnings) {
    String reason =
        tier == KernelTier.GENERATED
            ? ServedFamily.ASKED_FOR
            : "the fastest that this machine runs";
    FamilyChooser choice = new FamilyChooser(fallback, reason);
    Kernels kernels = GeneratedKernels.on(team, loader, choice, fallback::kernels);
    if (tier == KernelTier.GENERATED && choice.generated().isEmpty()) {
      throw new IllegalStateException(
          "kernels: generated code does not run here (%s); choose vector or auto"
              .formatted(choice.obstacles()));
    }
    choice.warning().ifPresent(warnings);
    return kernels;
  }
}
