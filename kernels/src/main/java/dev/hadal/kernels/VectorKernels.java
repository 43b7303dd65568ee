package dev.hadal.kernels;

import dev.hadal.tensor.DType;
import java.util.List;

/** The kernels that use the Vector API, in binary32, on a team of threads. */
final class VectorKernels implements Kernels {
  private final ThreadTeam team;
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

  /** Kernels on the team, which they close. */
  VectorKernels(ThreadTeam team) {
    this.team = team;
    matMul = new VectorMatMul(team);
    quantizer = new VectorQuantizer(team);
    rmsNorm = new VectorRmsNorm(team);
    swiGlu = new VectorSwiGlu(team);
    rotaryEmbedding = new VectorRotaryEmbedding(team);
    causalAttention = new VectorCausalAttention(team);
    latentAttention = new VectorLatentAttention(team);
    gate = new VectorGate(team);
    permutation = new VectorPermutation(team);
    embedding = new VectorEmbedding(team);
    crossEntropy = new VectorCrossEntropy(team);
    elementwise = new VectorElementwise(team);
    optimizer = new VectorOptimizer(team);
  }

  @Override
  public String tier() {
    return KernelTier.VECTOR.label();
  }

  @Override
  public List<ServedFamily> families() {
    return ServedFamily.all(KernelTier.VECTOR, ServedFamily.ASKED_FOR);
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
