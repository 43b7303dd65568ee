package dev.hadal.kernels;

final class VectorEmbeddingTest extends EmbeddingContract {
  VectorEmbeddingTest() {
    super(new Twins<>(TestKernels.reference().embedding(), VectorEmbedding::new));
  }
}
