package dev.hadal.kernels;

final class VectorOptimizerTest extends OptimizerContract {
  VectorOptimizerTest() {
    super(new Twins<>(TestKernels.reference().optimizer(), VectorOptimizer::new));
  }
}
