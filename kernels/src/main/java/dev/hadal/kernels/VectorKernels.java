package dev.hadal.kernels;

/** The kernels that use the Vector API. */
final class VectorKernels {
  private VectorKernels() {}

  /** Kernels on the team. */
  static Kernels on(ThreadTeam team) {
    return new TeamKernels(
        KernelTier.VECTOR,
        ServedFamily.all(KernelTier.VECTOR, ServedFamily.ASKED_FOR),
        team,
        new TeamKernels.Makers(
            () -> new VectorMatMul(team),
            () -> new VectorQuantizer(team),
            () -> new VectorRmsNorm(team),
            () -> new VectorSwiGlu(team),
            () -> new VectorRotaryEmbedding(team),
            () -> new VectorCausalAttention(team),
            () -> new VectorLatentAttention(team),
            () -> new VectorGate(team),
            () -> new VectorPermutation(team),
            () -> new VectorEmbedding(team),
            () -> new VectorCrossEntropy(team),
            () -> new VectorElementwise(team),
            () -> new VectorOptimizer(team)));
  }
}
