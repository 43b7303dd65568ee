package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.zmm;
import static dev.hadal.assembler.WriteMask.K4;

import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.FloatComparison;
import dev.hadal.assembler.IntegerComparison;
import dev.hadal.assembler.Zmm;
import dev.hadal.kernels.Quantizer.Format;
import dev.hadal.kernels.Quantizer.Scale;
import dev.hadal.numerics.E4M3;
import dev.hadal.numerics.E5M6;

/**
 * Steps of machine code on 16 numbers in a register: the twins of {@link CodeLanes} and of {@link
 * dev.hadal.numerics.BFloat16}, where the method is explained. Constants live in the upper
 * registers; who writes code loads those that its steps need first. All use K4.
 */
final class CodeSteps {
  /** d | (a and b), by the truth table's numbering of d, a, b. */
  private static final int OR_AND = 0xF8;

  private static final int MANTISSA_BITS = Float.PRECISION - 1;

  private static final Zmm MAGNITUDE = zmm(31);
  private static final Zmm INFINITY = zmm(30);
  private static final Zmm LARGEST = zmm(29);
  private static final Zmm LEAST = zmm(28);
  private static final Zmm POWER = zmm(27);
  private static final Zmm SIGN = zmm(26);
  private static final Zmm NAN = zmm(25);
  private static final Zmm SMALLEST = zmm(24);
  private static final Zmm MANTISSA = zmm(23);
  private static final Zmm PLACES = zmm(22);
  private static final Zmm LARGEST_PLACED = zmm(21);
  private static final Zmm UNBIAS = zmm(20);

  /** Rounding to BF16 beside the other constants. */
  static final BFloat16Rounding ROUNDING =
      new BFloat16Rounding(zmm(19), zmm(18), zmm(16), zmm(17), K4);

  /** In the place of a constant that conversions to BF16 do not need. */
  private static final Zmm LEAST_OPERAND = LEAST;

  private CodeSteps() {}

  /**
   * The numbers of a format.
   *
   * @param bits of a code, the sign included
   * @param mantissaBits stored bits of the mantissa
   * @param leastExponent exponent of the smallest normal value
   * @param largest the largest finite value
   * @param largestCode its code
   * @param nanCode the code of NaN
   */
  private record Numbers(
      int bits, int mantissaBits, int leastExponent, float largest, int largestCode, int nanCode) {
    private static final Numbers OF_E4M3 = new Numbers(8, 3, -6, E4M3.LARGEST, 0x7E, 0x7F);
    private static final Numbers OF_E5M6 = new Numbers(12, 6, -14, E5M6.LARGEST, 0x7BF, 0x7E0);

    static Numbers of(Format format) {
      return switch (format) {
        case E4M3 -> OF_E4M3;
        case E5M6 -> OF_E5M6;
      };
    }

    /** From a code's last place to binary32's. */
    int shift() {
      return MANTISSA_BITS - mantissaBits;
    }

    int least() {
      return (leastExponent + Float.MAX_EXPONENT) << MANTISSA_BITS;
    }
  }

  /** Constants of {@link #encode}, {@link #scale} and {@link #magnitude}. */
  static void loadEncoding(Assembler a, Format format) {
    Numbers numbers = Numbers.of(format);
    GeneratedCode.constant(a, MAGNITUDE, 0x7FFFFFFF);
    GeneratedCode.constant(a, INFINITY, 0x7F800000);
    GeneratedCode.constant(a, LARGEST, Float.floatToRawIntBits(numbers.largest));
    GeneratedCode.constant(a, LEAST, numbers.least());
    GeneratedCode.constant(a, POWER, numbers.shift() << MANTISSA_BITS);
    GeneratedCode.constant(a, SIGN, 1 << (numbers.bits - 1));
    GeneratedCode.constant(a, NAN, numbers.nanCode);
    GeneratedCode.constant(
        a, SMALLEST, Float.floatToRawIntBits(ReferenceQuantizer.SMALLEST_MAGNITUDE));
    GeneratedCode.constant(a, MANTISSA, 0x7FFFFF);
  }

  /** Constants of {@link #decode}. */
  static void loadDecoding(Assembler a, Format format) {
    Numbers numbers = Numbers.of(format);
    int magnitudes = (1 << (numbers.bits - 1)) - 1;
    GeneratedCode.constant(a, MAGNITUDE, 0x7FFFFFFF);
    GeneratedCode.constant(a, INFINITY, 0x7F800000);
    GeneratedCode.constant(a, PLACES, 0x80000000 | magnitudes << numbers.shift());
    GeneratedCode.constant(a, LARGEST_PLACED, numbers.largestCode << numbers.shift());
    float unbias = Math.scalb(1f, numbers.leastExponent - Float.MIN_EXPONENT);
    GeneratedCode.constant(a, UNBIAS, Float.floatToRawIntBits(unbias));
  }

  /** Constants of {@link #flush}. */
  static void loadFlush(Assembler a) {
    GeneratedCode.constant(a, MAGNITUDE, 0x7FFFFFFF);
    GeneratedCode.constant(a, SIGN, 0x80000000);
    GeneratedCode.constant(a, LEAST_OPERAND, Float.floatToRawIntBits(Arithmetic.SMALLEST_OPERAND));
  }

  /** d = the magnitudes' bits of s. */
  static void magnitude(Assembler a, Zmm d, Zmm s) {
    a.vpandd(d, s, MAGNITUDE);
  }

  /** All lanes = the largest of them, as signed integers. */
  static void largest(Assembler a, Zmm d, Zmm scratch) {
    a.vshufi32x4(scratch, d, d, 0x4E);
    a.vpmaxsd(d, d, scratch);
    a.vshufi32x4(scratch, d, d, 0xB1);
    a.vpmaxsd(d, d, scratch);
    a.vpshufd(scratch, d, 0x4E);
    a.vpmaxsd(d, d, scratch);
    a.vpshufd(scratch, d, 0xB1);
    a.vpmaxsd(d, d, scratch);
  }

  /** Bits of largest magnitudes become scales; see {@link ReferenceQuantizer#scale}. */
  static void scale(Assembler a, Scale scale, Zmm d, Zmm scratch) {
    a.vpmaxsd(d, d, SMALLEST);
    a.vdivps(d, d, LARGEST);
    if (scale == Scale.POWER_OF_TWO) {
      // Whatever has a mantissa carries into the exponent; infinity has none.
      a.vcmpps(K4, d, d, FloatComparison.ORDERED);
      a.vpaddd(scratch, d, MANTISSA);
      a.vpandd(d.merging(K4), scratch, INFINITY);
    }
  }

  /** Codes of values, in the lower bits of each lane; d differs from value and scratch. */
  static void encode(Assembler a, Format format, Zmm d, Zmm value, Zmm exponent, Zmm power) {
    Numbers numbers = Numbers.of(format);
    a.vcmpps(K4, value, value, FloatComparison.UNORDERED);
    a.vpandd(d, value, MAGNITUDE);
    a.vpminsd(d, d, LARGEST);
    a.vpandd(exponent, d, INFINITY);
    a.vpmaxsd(exponent, exponent, LEAST);
    a.vpaddd(power, exponent, POWER);
    a.vaddps(d, d, power);
    a.vpsubd(d, d, power);
    a.vpsubd(exponent, exponent, LEAST);
    a.vpsrld(exponent, exponent, numbers.shift());
    a.vpaddd(d, d, exponent);
    a.vpsrld(power, value, 32 - numbers.bits);
    a.vpternlogd(d, power, SIGN, OR_AND);
    a.vmovdqu32(d.merging(K4), NAN);
  }

  /** Values of codes, in place; bits above those of a code do not count. */
  static void decode(Assembler a, Format format, Zmm d, Zmm scratch) {
    Numbers numbers = Numbers.of(format);
    int top = 32 - numbers.bits;
    a.vpslld(d, d, top);
    a.vpsrad(d, d, top - numbers.shift());
    a.vpandd(d, d, PLACES);
    a.vpandd(scratch, d, MAGNITUDE);
    a.vpcmpd(K4, scratch, LARGEST_PLACED, IntegerComparison.NOT_LESS_OR_EQUAL);
    a.vpord(d.merging(K4), d, INFINITY);
    a.vmulps(d, d, UNBIAS);
  }

  /** Magnitudes below 2^-50, of values rounded to BF16, become zero of the same sign. */
  static void flush(Assembler a, Zmm d, Zmm scratch) {
    a.vpandd(scratch, d, MAGNITUDE);
    a.vpcmpd(K4, scratch, LEAST_OPERAND, IntegerComparison.LESS);
    a.vpandd(d.merging(K4), d, SIGN);
  }
}
