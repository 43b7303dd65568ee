package dev.hadal.kernels;

import dev.hadal.tensor.DType;
import java.util.List;

/** Kernels in binary32 on a team of threads, which they close: an implementation of each family. */
record TeamKernels(
    KernelTier kernelTier,
    List<ServedFamily> families,
    ThreadTeam team,
    MatMul matMul,
    Quantizer quantizer,
    RmsNorm rmsNorm,
    SwiGlu swiGlu,
    RotaryEmbedding rotaryEmbedding,
    CausalAttention causalAttention,
    LatentAttention latentAttention,
    Gate gate,
    Permutation permutation,
    Embedding embedding,
    CrossEntropy crossEntropy,
    Elementwise elementwise,
    Optimizer optimizer)
    implements Kernels {

  @Override
  public String tier() {
    return kernelTier.label();
  }

  @Override
  public DType computeType() {
    return DType.F32;
  }

  @Override
  public void close() {
    team.close();
  }
}
