package dev.hadal.kernels;

import dev.hadal.tensor.DType;
import java.util.List;

/**
 * The tier that defines what the others compute: scalar, on the calling thread, each operation
 * written as its formula.
 */
public final class ReferenceKernels implements Kernels {
  private final Arithmetic arithmetic;
  private final ThreadTeam team = new SingleThread();
  private final MatMul matMul = new ReferenceMatMul();
  private final Quantizer quantizer = new ReferenceQuantizer();

  /** The reference in binary32 or binary64. */
  public ReferenceKernels(Arithmetic arithmetic) {
    this.arithmetic = arithmetic;
  }

  @Override
  public String tier() {
    return "reference";
  }

  @Override
  public List<ServedFamily> families() {
    return ServedFamily.all(KernelTier.REFERENCE, ServedFamily.ASKED_FOR);
  }

  @Override
  public DType computeType() {
    return arithmetic.type();
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
    return new ReferenceRmsNorm(arithmetic);
  }

  @Override
  public SwiGlu swiGlu() {
    return new ReferenceSwiGlu(arithmetic);
  }

  @Override
  public RotaryEmbedding rotaryEmbedding() {
    return new ReferenceRotaryEmbedding(arithmetic);
  }

  @Override
  public CausalAttention causalAttention() {
    return new ReferenceCausalAttention(arithmetic);
  }

  @Override
  public LatentAttention latentAttention() {
    return new ReferenceLatentAttention(arithmetic);
  }

  @Override
  public Gate gate() {
    return new ReferenceGate(arithmetic);
  }

  @Override
  public Permutation permutation() {
    return new ReferencePermutation(arithmetic);
  }

  @Override
  public Embedding embedding() {
    return new ReferenceEmbedding(arithmetic);
  }

  @Override
  public CrossEntropy crossEntropy() {
    return new ReferenceCrossEntropy(arithmetic);
  }

  @Override
  public Elementwise elementwise() {
    return new ReferenceElementwise(arithmetic);
  }

  @Override
  public Optimizer optimizer() {
    return new ReferenceOptimizer(arithmetic);
  }

  @Override
  public void close() {}
}
