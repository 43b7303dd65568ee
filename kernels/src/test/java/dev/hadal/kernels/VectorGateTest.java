package dev.hadal.kernels;

final class VectorGateTest extends GateContract {
  VectorGateTest() {
    super(new Twins<>(TestKernels.reference().gate(), VectorGate::new));
  }
}
