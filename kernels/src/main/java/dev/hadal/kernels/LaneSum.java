package dev.hadal.kernels;

import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.Zmm;

/**
 * The fixed tree over lanes inside of other code: the upper half is added to the lower until one is
 * left. The register is rotated onto itself, so lanes above hold sums that nobody reads.
 */
final class LaneSum {
  private LaneSum() {}

  /** The sum of 16 FP32 lanes in the lowest. */
  static void floats(Assembler a, Zmm sum, Zmm spare) {
    for (int half = 8; half > 0; half /= 2) {
      a.valignd(spare, sum, sum, half);
      a.vaddps(sum, sum, spare);
    }
  }

  /** The sum of 16 FP64 lanes, the lower eight and the upper eight, in the lowest of the lower. */
  static void doubles(Assembler a, Zmm lower, Zmm upper, Zmm spare) {
    a.vaddpd(lower, lower, upper);
    for (int half = 4; half > 0; half /= 2) {
      a.valignq(spare, lower, lower, half);
      a.vaddpd(lower, lower, spare);
    }
  }
}
