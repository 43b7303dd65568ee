package dev.hadal.kernels;

import dev.hadal.tensor.DType;
import java.util.List;
import java.util.function.Supplier;

/**
 * Kernels in binary32 on a team of threads, which they close. Each family is made when it is first
 * used: a program that decodes does not wait for what trains.
 */
final class TeamKernels implements Kernels {
  /** Makes the implementation of each family. */
  record Makers(
      Supplier<? extends MatMul> matMul,
      Supplier<? extends Quantizer> quantizer,
      Supplier<? extends RmsNorm> rmsNorm,
      Supplier<? extends SwiGlu> swiGlu,
      Supplier<? extends RotaryEmbedding> rotaryEmbedding,
      Supplier<? extends CausalAttention> causalAttention,
      Supplier<? extends LatentAttention> latentAttention,
      Supplier<? extends Gate> gate,
      Supplier<? extends Permutation> permutation,
      Supplier<? extends Embedding> embedding,
      Supplier<? extends CrossEntropy> crossEntropy,
      Supplier<? extends Elementwise> elementwise,
      Supplier<? extends Optimizer> optimizer) {}

  private final KernelTier tier;
  private final List<ServedFamily> families;
  private final ThreadTeam team;
  private final Later<MatMul> matMul;
  private final Later<Quantizer> quantizer;
  private final Later<RmsNorm> rmsNorm;
  private final Later<SwiGlu> swiGlu;
  private final Later<RotaryEmbedding> rotaryEmbedding;
  private final Later<CausalAttention> causalAttention;
  private final Later<LatentAttention> latentAttention;
  private final Later<Gate> gate;
  private final Later<Permutation> permutation;
  private final Later<Embedding> embedding;
  private final Later<CrossEntropy> crossEntropy;
  private final Later<Elementwise> elementwise;
  private final Later<Optimizer> optimizer;

  TeamKernels(KernelTier tier, List<ServedFamily> families, ThreadTeam team, Makers makers) {
    this.tier = tier;
    this.families = List.copyOf(families);
    this.team = team;
    matMul = new Later<>(makers.matMul());
    quantizer = new Later<>(makers.quantizer());
    rmsNorm = new Later<>(makers.rmsNorm());
    swiGlu = new Later<>(makers.swiGlu());
    rotaryEmbedding = new Later<>(makers.rotaryEmbedding());
    causalAttention = new Later<>(makers.causalAttention());
    latentAttention = new Later<>(makers.latentAttention());
    gate = new Later<>(makers.gate());
    permutation = new Later<>(makers.permutation());
    embedding = new Later<>(makers.embedding());
    crossEntropy = new Later<>(makers.crossEntropy());
    elementwise = new Later<>(makers.elementwise());
    optimizer = new Later<>(makers.optimizer());
  }

  @Override
  public String tier() {
    return tier.label();
  }

  @Override
  public List<ServedFamily> families() {
    return families;
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
    return matMul.get();
  }

  @Override
  public Quantizer quantizer() {
    return quantizer.get();
  }

  @Override
  public RmsNorm rmsNorm() {
    return rmsNorm.get();
  }

  @Override
  public SwiGlu swiGlu() {
    return swiGlu.get();
  }

  @Override
  public RotaryEmbedding rotaryEmbedding() {
    return rotaryEmbedding.get();
  }

  @Override
  public CausalAttention causalAttention() {
    return causalAttention.get();
  }

  @Override
  public LatentAttention latentAttention() {
    return latentAttention.get();
  }

  @Override
  public Gate gate() {
    return gate.get();
  }

  @Override
  public Permutation permutation() {
    return permutation.get();
  }

  @Override
  public Embedding embedding() {
    return embedding.get();
  }

  @Override
  public CrossEntropy crossEntropy() {
    return crossEntropy.get();
  }

  @Override
  public Elementwise elementwise() {
    return elementwise.get();
  }

  @Override
  public Optimizer optimizer() {
    return optimizer.get();
  }

  @Override
  public void close() {
    team.close();
  }
}
