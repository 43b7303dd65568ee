package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;

import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.Broadcast;
import dev.hadal.assembler.FloatComparison;
import dev.hadal.assembler.IntegerComparison;
import dev.hadal.assembler.Label;
import dev.hadal.assembler.WriteMask;
import dev.hadal.assembler.Zmm;
import dev.hadal.numerics.BFloat16;
import java.util.Arrays;

/**
 * Writes the roundings of BF16 products into a kernel. Constants lie in a table behind the kernel's
 * {@code ret}.
 *
 * <p>{@code vcvtne2ps2bf16} rounds as {@link BFloat16} does but takes subnormal numbers as zero,
 * which does not show: all magnitudes below 2^-50 become zero here.
 */
final class OperandCode {
  private static final int VECTOR = 64;
  private static final int CODES = 32;
  private static final int MAGNITUDES = 0x7FFF7FFF;
  private static final int FLOAT_MAGNITUDE = 0x7FFFFFFF;

  private final Assembler a;
  private final Label table;

  OperandCode(Assembler a) {
    this.a = a;
    table = a.label();
  }

  /**
   * 32 operands of 32 floats that are not negative; see {@link Quantizer#toBFloat16}.
   *
   * @param d may be a source
   * @param low the first 16
   * @param high the others
   * @param mask is overwritten
   */
  void roundPositive(Zmm d, Zmm low, Zmm high, WriteMask mask) {
    a.vcvtne2ps2bf16(d, high, low);
    a.vpcmpuw(mask, d, mem(table), IntegerComparison.NOT_LESS);
    a.vmovdqu16(d.zeroing(mask), d);
  }

  /**
   * The same for floats of any sign that are factors of chains from +0. Such a chain is never -0,
   * so adding a zero of either sign changes nothing: what becomes zero becomes +0.
   *
   * @param magnitude is overwritten
   */
  void roundFactors(Zmm d, Zmm low, Zmm high, Zmm magnitude, WriteMask mask) {
    a.vcvtne2ps2bf16(d, high, low);
    a.vpandd(magnitude, d, constant(0));
    a.vpcmpuw(mask, magnitude, mem(table), IntegerComparison.NOT_LESS);
    a.vmovdqu16(d.zeroing(mask), d);
  }

  /**
   * The same for any floats.
   *
   * @param magnitude is overwritten
   */
  void round(Zmm d, Zmm low, Zmm high, Zmm magnitude, WriteMask mask) {
    a.vcvtne2ps2bf16(d, high, low);
    a.vpandd(magnitude, d, constant(0));
    a.vpcmpuw(mask, magnitude, mem(table), IntegerComparison.LESS);
    a.vpandnd(magnitude, magnitude, d);
    a.vmovdqu16(d.merging(mask), magnitude);
  }

  /**
   * Floats that chains of BF16 products start from: magnitudes below 2^-90 count as zero.
   *
   * @param magnitude is overwritten
   */
  void start(Zmm d, Zmm magnitude, WriteMask mask) {
    a.vpandd(magnitude, d, constant(1));
    a.vcmpps(mask, magnitude, constant(2), FloatComparison.NOT_LESS);
    a.vmovups(d.zeroing(mask), d);
  }

  /** d = -infinity. */
  void lowest(Zmm d) {
    a.vbroadcastss(d, mem(table).plus(VECTOR + 3 * Integer.BYTES));
  }

  private Broadcast constant(int i) {
    return mem(table).plus(VECTOR + Integer.BYTES * i).broadcast();
  }

  /** Places the table; where the code never runs, behind its {@code ret}. */
  void table() {
    int smallest = Short.toUnsignedInt(BFloat16.encode(Arithmetic.SMALLEST_OPERAND));
    int[] vector = new int[CODES / 2];
    Arrays.fill(vector, (smallest << Short.SIZE) | smallest);
    a.align(VECTOR);
    a.bind(table);
    a.data(vector);
    a.data(
        MAGNITUDES,
        FLOAT_MAGNITUDE,
        Float.floatToRawIntBits(ReferenceMatMul.SMALLEST_START),
        Float.floatToRawIntBits(Float.NEGATIVE_INFINITY));
  }
}
