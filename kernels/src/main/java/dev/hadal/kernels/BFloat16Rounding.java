package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.zmm;
import static dev.hadal.assembler.Register32.EAX;
import static dev.hadal.assembler.WriteMask.K2;

import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.FloatComparison;
import dev.hadal.assembler.Zmm;
import dev.hadal.numerics.BFloat16;

/**
 * Rounding to BF16 inside of other code: the twin of {@link BFloat16#encode}, with integers,
 * because the processor's own conversion takes subnormal numbers as zero.
 */
final class BFloat16Rounding {
  private static final Zmm ONE = zmm(28);
  private static final Zmm HALF = zmm(29);
  private static final Zmm QUIET = zmm(30);
  private static final Zmm UPPER = zmm(31);

  private BFloat16Rounding() {}

  /** Sets the constants in registers 28 to 31; RAX is used. */
  static void constants(Assembler a) {
    constant(a, ONE, 1);
    constant(a, HALF, 0x7FFF);
    constant(a, QUIET, 0x0040_0000);
    constant(a, UPPER, 0xFFFF_0000);
  }

  /** The same bits in all lanes; RAX is used. */
  static void constant(Assembler a, Zmm register, int bits) {
    a.mov(EAX, bits);
    a.vpbroadcastd(register, EAX);
  }

  /** The codes in the upper halves of the lanes, whose lower halves are undefined; uses K2. */
  static void encode(Assembler a, Zmm to, Zmm from) {
    a.vpsrld(to, from, 16);
    a.vcmpps(K2, from, from, FloatComparison.UNORDERED);
    a.vpandd(to, to, ONE);
    a.vpaddd(to, to, from);
    a.vpaddd(to, to, HALF);
    a.vpord(to.merging(K2), from, QUIET);
  }

  /** The values rounded; uses K2. */
  static void round(Assembler a, Zmm to, Zmm from) {
    encode(a, to, from);
    a.vpandd(to, to, UPPER);
  }
}
