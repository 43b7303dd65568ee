package dev.hadal.kernels;

final class VectorElementwiseTest extends ElementwiseContract {
  VectorElementwiseTest() {
    super(new Twins<>(TestKernels.reference().elementwise(), VectorElementwise::new));
  }
}
