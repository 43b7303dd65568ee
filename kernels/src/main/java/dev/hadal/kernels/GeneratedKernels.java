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
        GeneratedQuantizer.obstacle(loader).isEmpty()
            ? new GeneratedQuantizer(others.team(), loader)
            : others.quantizer();
    rmsNorm =
        GeneratedRmsNorm.obstacle(loader).isEmpty()
            ? new GeneratedRmsNorm(others.team(), loader)
            : others.rmsNorm();
    swiGlu =
        GeneratedSwiGlu.obstacle(loader).isEmpty()
            ? new GeneratedSwiGlu(others.team(), loader)
            : others.swiGlu();
    rotaryEmbedding =
        GeneratedRotaryEmbedding.obstacle(loader).isEmpty()
            ? new GeneratedRotaryEmbedding(others.team(), loader)
            : others.rotaryEmbedding();
    causalAttention =
        GeneratedCausalAttention.obstacle(loader).isEmpty()
            ? new GeneratedCausalAttention(others.team(), loader, others.causalAttention())
            : others.causalAttention();
    latentAttention =
        GeneratedLatentAttention.obstacle(loader).isEmpty()
            ? new GeneratedLatentAttention(others.team(), loader, others.latentAttention())
            : others.latentAttention();
    gate =
        GeneratedGate.obstacle(loader).isEmpty()
            ? new GeneratedGate(others.team(), loader)
            : others.gate();
    permutation =
        GeneratedPermutation.obstacle(loader).isEmpty()
            ? new GeneratedPermutation(others.team(), loader)
            : others.permutation();
    embedding =
        GeneratedEmbedding.obstacle(loader).isEmpty()
            ? new GeneratedEmbedding(others.team(), loader)
            : others.embedding();
    crossEntropy =
        GeneratedCrossEntropy.obstacle(loader).isEmpty()
            ? new GeneratedCrossEntropy(others.team(), loader)
            : others.crossEntropy();
    elementwise =
        GeneratedElementwise.obstacle(loader).isEmpty()
            ? new GeneratedElementwise(others.team(), loader)
            : others.elementwise();
    optimizer =
        GeneratedOptimizer.obstacle(loader).isEmpty()
            ? new GeneratedOptimizer(others.team(), loader)
            : others.optimizer();
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
