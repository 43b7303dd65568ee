package dev.hadal.kernels;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.tensor.DType;
import java.util.List;

/**
 * The kernels that are machine code, in binary32; where a family has no generated code, or this
 * machine does not run it, another tier's serve.
 */
final class GeneratedKernels implements Kernels {
  private final ThreadTeam team;
  private final FamilyChooser choice;
  private final MatMul matMul;
  private final Quantizer quantizer;
  private final RmsNorm rmsNorm;
  private final SwiGlu swiGlu;
  private final RotaryEmbedding rotaryEmbedding;
  private final CausalAttention causalAttention;
  private final LatentAttention latentAttention;
  private final Gate gate;
  private final Permutation permutation;
  private final Embedding embedding;
  private final CrossEntropy crossEntropy;
  private final Elementwise elementwise;
  private final Optimizer optimizer;

  /**
   * Makes the code. A family that has some says {@code choose(family, GeneratedX.obstacle(loader),
   * () -> new GeneratedX(team, loader), Kernels::x)}.
   *
   * @param team closed with these kernels
   * @param loader what the code may use
   * @param fallback serves what cannot be generated, on the same team
   * @param reason why generated code is wanted
   */
  GeneratedKernels(ThreadTeam team, CodeLoader loader, KernelFallback fallback, String reason) {
    this.team = team;
    choice = new FamilyChooser(fallback, reason);
    // Some families hand on what they have no code for.
    Kernels others = fallback.kernels();
    matMul = GeneratedProducts.of(loader).open(team, loader, choice, others.matMul());
    quantizer =
        choice.choose(
            KernelFamily.CONVERSIONS,
            GeneratedQuantizer.obstacle(loader),
            () -> new GeneratedQuantizer(team, loader),
            Kernels::quantizer);
    rmsNorm =
        choice.choose(
            KernelFamily.NORMS,
            GeneratedRmsNorm.obstacle(loader),
            () -> new GeneratedRmsNorm(team, loader),
            Kernels::rmsNorm);
    swiGlu =
        choice.choose(
            KernelFamily.ACTIVATION,
            GeneratedSwiGlu.obstacle(loader),
            () -> new GeneratedSwiGlu(team, loader),
            Kernels::swiGlu);
    rotaryEmbedding =
        choice.choose(
            KernelFamily.POSITIONS,
            GeneratedRotaryEmbedding.obstacle(loader),
            () -> new GeneratedRotaryEmbedding(team, loader),
            Kernels::rotaryEmbedding);
    causalAttention =
        choice.choose(
            KernelFamily.CAUSAL_ATTENTION,
            GeneratedCausalAttention.obstacle(loader),
            () -> new GeneratedCausalAttention(team, loader, others.causalAttention()),
            Kernels::causalAttention);
    latentAttention =
        choice.choose(
            KernelFamily.LATENT_ATTENTION,
            GeneratedLatentAttention.obstacle(loader),
            () -> new GeneratedLatentAttention(team, loader, others.latentAttention()),
            Kernels::latentAttention);
    gate =
        choice.choose(
            KernelFamily.GATE,
            GeneratedGate.obstacle(loader),
            () -> new GeneratedGate(team, loader),
            Kernels::gate);
    permutation =
        choice.choose(
            KernelFamily.PERMUTATION,
            GeneratedPermutation.obstacle(loader),
            () -> new GeneratedPermutation(team, loader),
            Kernels::permutation);
    embedding =
        choice.choose(
            KernelFamily.EMBEDDING,
            GeneratedEmbedding.obstacle(loader),
            () -> new GeneratedEmbedding(team, loader),
            Kernels::embedding);
    crossEntropy =
        choice.choose(
            KernelFamily.LOSS,
            GeneratedCrossEntropy.obstacle(loader),
            () -> new GeneratedCrossEntropy(team, loader),
            Kernels::crossEntropy);
    elementwise =
        choice.choose(
            KernelFamily.SUMS_AND_COPIES,
            GeneratedElementwise.obstacle(loader),
            () -> new GeneratedElementwise(team, loader),
            Kernels::elementwise);
    optimizer =
        choice.choose(
            KernelFamily.OPTIMISER,
            GeneratedOptimizer.obstacle(loader),
            () -> new GeneratedOptimizer(team, loader),
            Kernels::optimizer);
  }

  /** What serves each family, and what a user should know about it. */
  FamilyChooser choice() {
    return choice;
  }

  @Override
  public List<ServedFamily> families() {
    return choice.families();
  }

  @Override
  public String tier() {
    return choice.tier().label();
  }

  @Override
  public DType computeType() {
    return DType.F32;
  }

  @Override
  public ThreadTeam team() {
    return team;
  }

  @Override
  public MatMul matMul() {
    return matMul;
  }

  @Override
  public Quantizer quantizer() {
    return quantizer;
  }

  @Override
  public RmsNorm rmsNorm() {
    return rmsNorm;
  }

  @Override
  public SwiGlu swiGlu() {
    return swiGlu;
  }

  @Override
  public RotaryEmbedding rotaryEmbedding() {
    return rotaryEmbedding;
  }

  @Override
  public CausalAttention causalAttention() {
    return causalAttention;
  }

  @Override
  public LatentAttention latentAttention() {
    return latentAttention;
  }

  @Override
  public Gate gate() {
    return gate;
  }

  @Override
  public Permutation permutation() {
    return permutation;
  }

  @Override
  public Embedding embedding() {
    return embedding;
  }

  @Override
  public CrossEntropy crossEntropy() {
    return crossEntropy;
  }

  @Override
  public Elementwise elementwise() {
    return elementwise;
  }

  @Override
  public Optimizer optimizer() {
    return optimizer;
  }

  @Override
  public void close() {
    team.close();
  }
}
