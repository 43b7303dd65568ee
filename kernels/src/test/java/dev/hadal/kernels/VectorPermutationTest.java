package dev.hadal.kernels;

final class VectorPermutationTest extends PermutationContract {
  VectorPermutationTest() {
    super(new Twins<>(TestKernels.reference().permutation(), VectorPermutation::new));
  }
}
