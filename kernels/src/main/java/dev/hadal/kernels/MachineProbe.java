package dev.hadal.kernels;

/** What this machine can do at most. */
public final class MachineProbe {
  private MachineProbe() {}

  /** Bits of the vectors that the Vector API prefers here. */
  static int vectorBits() {
    return Simd.FLOATS.vectorBitSize();
  }
}
