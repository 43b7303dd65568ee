package dev.hadal.kernels;

/** The reference that the vector tier is compared with. */
final class TestKernels {
  private TestKernels() {}

  /** The binary32 reference. */
  static Kernels reference() {
    return new ReferenceKernels(Arithmetic.FP32);
  }
}
