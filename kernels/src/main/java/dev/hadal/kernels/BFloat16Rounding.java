package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.zmm;
import static dev.hadal.assembler.WriteMask.K2;

import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.FloatComparison;
import dev.hadal.assembler.WriteMask;
import dev.hadal.assembler.Zmm;
import dev.hadal.numerics.BFloat16;

/**
 * Rounding to BF16 inside of other code: the twin of {@link BFloat16#encode}, with integers,
 * because the processor's own conversion takes subnormal numbers as zero.
 *
 * @param one holds a constant, as the next three
 * @param mask is overwritten by every use
 */
record BFloat16Rounding(Zmm one, Zmm belowHalf, Zmm quiet, Zmm upper, WriteMask mask) {
  /** Constants in registers 28 to 31, which leaves the lower ones to the code. */
  static final BFloat16Rounding LAST_REGISTERS =
      new BFloat16Rounding(zmm(28), zmm(29), zmm(30), zmm(31), K2);

  /** Sets the constants; RAX is used. */
  void constants(Assembler a) {
    GeneratedCode.constant(a, one, 1);
    GeneratedCode.constant(a, belowHalf, 0x7FFF);
    GeneratedCode.constant(a, quiet, 0x0040_0000);
    GeneratedCode.constant(a, upper, 0xFFFF_0000);
  }

  /** The codes in the upper halves of the lanes, whose lower halves are undefined. */
  void encode(Assembler a, Zmm to, Zmm from) {
    a.vpsrld(to, from, 16);
    a.vcmpps(mask, from, from, FloatComparison.UNORDERED);
    a.vpandd(to, to, one);
    a.vpaddd(to, to, from);
    a.vpaddd(to, to, belowHalf);
    a.vpord(to.merging(mask), from, quiet);
  }

  /** The values rounded; {@code to} differs from {@code from}. */
  void round(Assembler a, Zmm to, Zmm from) {
    encode(a, to, from);
    a.vpandd(to, to, upper);
  }
}
