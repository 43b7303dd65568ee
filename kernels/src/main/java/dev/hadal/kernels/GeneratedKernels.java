package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import java.util.function.Supplier;

/**
 * The kernels that are machine code; where a family has no generated code, or this machine does not
 * run it, another tier's serve.
 */
final class GeneratedKernels {
  private GeneratedKernels() {}

  /**
   * Chooses for every family; its code is made at its first use. A family that has some says {@code
   * choose(family, GeneratedX.obstacle(loader), () -> new GeneratedX(team, loader), Kernels::x)}.
   *
   * @param team closed with the kernels
   * @param loader what the code may use
   * @param choice chooses for each family, and keeps what it chose
   * @param others of the tier that serves what cannot be generated, on the same team
   */
  static Kernels on(
      ThreadTeam team, CodeLoader loader, FamilyChooser choice, Supplier<Kernels> others) {
    // Some families hand on to the others what they have no code for.
    Supplier<MatMul> matMul =
        GeneratedProducts.of(loader).open(team, loader, choice, () -> others.get().matMul());
    Supplier<Quantizer> quantizer =
        choice.choose(
            KernelFamily.CONVERSIONS,
            GeneratedQuantizer.obstacle(loader),
            () -> new GeneratedQuantizer(team, loader),
            Kernels::quantizer);
    Supplier<RmsNorm> rmsNorm =
        choice.choose(
            KernelFamily.NORMS,
            GeneratedRmsNorm.obstacle(loader),
            () -> new GeneratedRmsNorm(team, loader),
            Kernels::rmsNorm);
    Supplier<SwiGlu> swiGlu =
        choice.choose(
            KernelFamily.ACTIVATION,
            GeneratedSwiGlu.obstacle(loader),
            () -> new GeneratedSwiGlu(team, loader),
            Kernels::swiGlu);
    Supplier<RotaryEmbedding> rotaryEmbedding =
        choice.choose(
            KernelFamily.POSITIONS,
            GeneratedRotaryEmbedding.obstacle(loader),
            () -> new GeneratedRotaryEmbedding(team, loader),
            Kernels::rotaryEmbedding);
    Supplier<CausalAttention> causalAttention =
        choice.choose(
            KernelFamily.CAUSAL_ATTENTION,
            GeneratedCausalAttention.obstacle(loader),
            () -> new GeneratedCausalAttention(team, loader, () -> others.get().causalAttention()),
            Kernels::causalAttention);
    Supplier<LatentAttention> latentAttention =
        choice.choose(
            KernelFamily.LATENT_ATTENTION,
            GeneratedLatentAttention.obstacle(loader),
            () -> new GeneratedLatentAttention(team, loader, () -> others.get().latentAttention()),
            Kernels::latentAttention);
    Supplier<Gate> gate =
        choice.choose(
            KernelFamily.GATE,
            GeneratedGate.obstacle(loader),
            () -> new GeneratedGate(team, loader),
            Kernels::gate);
    Supplier<Permutation> permutation =
        choice.choose(
            KernelFamily.PERMUTATION,
            GeneratedPermutation.obstacle(loader),
            () -> new GeneratedPermutation(team, loader),
            Kernels::permutation);
    Supplier<Embedding> embedding =
        choice.choose(
            KernelFamily.EMBEDDING,
            GeneratedEmbedding.obstacle(loader),
            () -> new GeneratedEmbedding(team, loader),
            Kernels::embedding);
    Supplier<CrossEntropy> crossEntropy =
        choice.choose(
            KernelFamily.LOSS,
            GeneratedCrossEntropy.obstacle(loader),
            () -> new GeneratedCrossEntropy(team, loader),
            Kernels::crossEntropy);
    Supplier<Elementwise> elementwise =
        choice.choose(
            KernelFamily.SUMS_AND_COPIES,
            GeneratedElementwise.obstacle(loader),
            () -> new GeneratedElementwise(team, loader),
            Kernels::elementwise);
    Supplier<Optimizer> optimizer =
        choice.choose(
            KernelFamily.OPTIMISER,
            GeneratedOptimizer.obstacle(loader),
            () -> new GeneratedOptimizer(team, loader),
            Kernels::optimizer);
    return new TeamKernels(
        choice.tier(),
        choice.families(),
        team,
        new TeamKernels.Makers(
            matMul,
            quantizer,
            rmsNorm,
            swiGlu,
            rotaryEmbedding,
            causalAttention,
            latentAttention,
            gate,
            permutation,
            embedding,
            crossEntropy,
            elementwise,
            optimizer));
  }
}
