package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.xmm;
import static dev.hadal.assembler.Operands.ymm;
import static dev.hadal.assembler.Operands.zmm;
import static dev.hadal.assembler.Register32.EAX;
import static dev.hadal.assembler.Register32.ECX;
import static dev.hadal.assembler.WriteMask.K2;
import static dev.hadal.assembler.WriteMask.K3;
import static dev.hadal.kernels.LaneLoop.LANES;
import static dev.hadal.kernels.LaneLoop.MASK;

import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.Condition;
import dev.hadal.assembler.FloatComparison;
import dev.hadal.assembler.Label;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Register64;
import dev.hadal.assembler.Signature;
import dev.hadal.assembler.Signature.Kind;
import dev.hadal.assembler.Xmm;
import dev.hadal.assembler.Ymm;
import dev.hadal.assembler.Zmm;
import dev.hadal.kernels.LaneLoop.Pointer;
import java.util.List;

/**
 * Floats to 64-bit multiples of a quantum and back as machine code, and the squares of the global
 * norm in the same pass. The processor's conversions between doubles and 64-bit integers round to
 * the nearest, ties to even, as {@link Math#rint} and the conversion of a {@code long} do.
 *
 * <p>A vector is 16 floats or two halves of eight doubles. The halves are also the 16 lanes of the
 * sum of squares.
 *
 * <p>Whether values are in range is asked at the end: the magnitudes' bits are ordered as the
 * magnitudes are, NaN above all, so 16 maxima tell. What was written before is spoilt then, as the
 * interface allows.
 */
final class FixedPointCode {
  /**
   * Takes floats, sums, the number of elements, 1 / quantum, the limit; gives 1 if all are below.
   */
  static final Signature ADD =
      Signature.of(Kind.INT, Kind.LONG, Kind.LONG, Kind.LONG, Kind.DOUBLE, Kind.FLOAT);

  /** Takes sums, floats, the number of elements, the quantum, the divisor; gives the squares. */
  static final Signature FINISH =
      Signature.of(Kind.DOUBLE, Kind.LONG, Kind.LONG, Kind.LONG, Kind.DOUBLE, Kind.DOUBLE);

  /**
   * Takes floats, floats, the number of elements, 1 / quantum, the quantum, the divisor, the limit;
   * gives the squares, or {@link #OUT_OF_RANGE}.
   */
  static final Signature THROUGH =
      Signature.of(
          Kind.DOUBLE,
          Kind.LONG,
          Kind.LONG,
          Kind.LONG,
          Kind.DOUBLE,
          Kind.DOUBLE,
          Kind.DOUBLE,
          Kind.FLOAT);

  /** Takes floats and their number; gives the squares. */
  static final Signature SQUARES = Signature.of(Kind.DOUBLE, Kind.LONG, Kind.LONG);

  /** In place of a sum of squares, which never is below 0. */
  static final double OUT_OF_RANGE = -1;

  private static final int UNROLLED = 2;
  private static final int HALF = LANES / 2;
  private static final int MAGNITUDE_BITS = 0x7FFF_FFFF;

  private static final Zmm LOWER_SQUARES = zmm(16);
  private static final Zmm UPPER_SQUARES = zmm(17);
  private static final Zmm INVERSE = zmm(18);
  private static final Zmm QUANTUM = zmm(19);
  private static final Zmm DIVISOR = zmm(20);
  private static final Zmm LIMIT = zmm(21);
  private static final Zmm MAGNITUDE = zmm(22);
  private static final Zmm LARGEST = zmm(23);

  private FixedPointCode() {}

  /** A half of a vector: eight doubles, by the registers that they are converted in. */
  private record Half(Lanes lanes, int number, Zmm wide, Ymm narrow) {
    static Half of(Lanes lanes, int number) {
      int register = 4 * lanes.index() + 2 * number;
      return new Half(
          number == 0 ? lanes : lanes.under(K3), number, zmm(register), ymm(register + 1));
    }

    /** Elements before it. */
    int at() {
      return LANES * lanes.index() + HALF * number;
    }
  }

  /** {@link Optimizer#begin}, or {@link Optimizer#accumulate}. */
  static MachineCode add(boolean first) {
    Register64 from = ADD.general(0);
    Register64 to = ADD.general(1);
    Assembler a = new Assembler();
    a.vbroadcastsd(INVERSE, ADD.vector(3));
    a.vbroadcastss(LIMIT, ADD.vector(4));
    rangeCheck(a);
    List<Pointer> pointers = List.of(new Pointer(from, Float.BYTES), new Pointer(to, Long.BYTES));
    new LaneLoop(ADD.general(2), UNROLLED, pointers)
        .emit(
            a,
            lanes -> {
              Half[] halves = load(a, lanes, from);
              for (Half half : halves) {
                a.vmulpd(half.wide, half.wide, INVERSE);
                a.vcvtpd2qq(half.wide, half.wide);
                if (!first) {
                  a.vpaddq(half.lanes.fill(half.wide), half.wide, mem(to, Long.BYTES * half.at()));
                }
                a.vmovdqu64(half.lanes.in(mem(to, Long.BYTES * half.at())), half.wide);
              }
            });
    a.xor(EAX, EAX);
    a.mov(ECX, 1);
    outOfRange(a);
    a.cmov(Condition.EQUAL, EAX, ECX);
    a.vzeroupper();
    a.ret();
    return a.finish();
  }

  /** {@link Optimizer#finish} of a block of the norm at most. */
  static MachineCode finish() {
    Register64 from = FINISH.general(0);
    Register64 to = FINISH.general(1);
    Assembler a = new Assembler();
    a.vbroadcastsd(QUANTUM, FINISH.vector(3));
    a.vbroadcastsd(DIVISOR, FINISH.vector(4));
    noSquares(a);
    List<Pointer> pointers = List.of(new Pointer(from, Long.BYTES), new Pointer(to, Float.BYTES));
    new LaneLoop(FINISH.general(2), UNROLLED, pointers)
        .emit(
            a,
            lanes -> {
              for (Half half : halves(a, lanes)) {
                a.vcvtqq2pd(half.lanes.fill(half.wide), mem(from, Long.BYTES * half.at()));
                store(a, half, to);
              }
            });
    giveSquares(a);
    return a.finish();
  }

  /** {@link Optimizer#finishOne} of a block of the norm at most. */
  static MachineCode through() {
    Register64 from = THROUGH.general(0);
    Register64 to = THROUGH.general(1);
    Assembler a = new Assembler();
    a.vbroadcastsd(INVERSE, THROUGH.vector(3));
    a.vbroadcastsd(QUANTUM, THROUGH.vector(4));
    a.vbroadcastsd(DIVISOR, THROUGH.vector(5));
    a.vbroadcastss(LIMIT, THROUGH.vector(6));
    rangeCheck(a);
    noSquares(a);
    List<Pointer> pointers = List.of(new Pointer(from, Float.BYTES), new Pointer(to, Float.BYTES));
    new LaneLoop(THROUGH.general(2), UNROLLED, pointers)
        .emit(
            a,
            lanes -> {
              for (Half half : load(a, lanes, from)) {
                a.vmulpd(half.wide, half.wide, INVERSE);
                a.vcvtpd2qq(half.wide, half.wide);
                a.vcvtqq2pd(half.wide, half.wide);
                store(a, half, to);
              }
            });
    Label good = a.label();
    outOfRange(a);
    a.jz(good);
    a.mov(Register64.RAX, Double.doubleToRawLongBits(OUT_OF_RANGE));
    a.vmovq(xmm(0), Register64.RAX);
    a.vzeroupper();
    a.ret();
    a.bind(good);
    giveSquares(a);
    return a.finish();
  }

  /** The squares of a block of the norm. */
  static MachineCode squares() {
    Register64 from = SQUARES.general(0);
    Assembler a = new Assembler();
    noSquares(a);
    new LaneLoop(SQUARES.general(1), UNROLLED, List.of(new Pointer(from, Float.BYTES)))
        .emit(
            a,
            lanes -> {
              for (Half half : halves(a, lanes)) {
                a.vcvtps2pd(half.lanes.fill(half.wide), mem(from, Float.BYTES * half.at()));
                square(a, half);
              }
            });
    giveSquares(a);
    return a.finish();
  }

  /** Both halves; the upper one's mask is set if they are under one. */
  private static Half[] halves(Assembler a, Lanes lanes) {
    if (lanes.mask() != null) {
      a.kshiftrw(K3, MASK, HALF);
    }
    return new Half[] {Half.of(lanes, 0), Half.of(lanes, 1)};
  }

  /** Loads floats, asks for their magnitudes and widens them. */
  private static Half[] load(Assembler a, Lanes lanes, Register64 from) {
    Half[] halves = halves(a, lanes);
    Zmm values = zmm(8 + 2 * lanes.index());
    Zmm magnitudes = zmm(9 + 2 * lanes.index());
    a.vmovups(lanes.fill(values), mem(from, Float.BYTES * LANES * lanes.index()));
    a.vpandd(magnitudes, values, MAGNITUDE);
    a.vpmaxud(LARGEST, LARGEST, magnitudes);
    a.vcvtps2pd(halves[0].wide, ymm(values.number()));
    a.vextractf64x4(halves[1].narrow, values, 1);
    a.vcvtps2pd(halves[1].wide, halves[1].narrow);
    return halves;
  }

  /** Stores integers in doubles as floats in units of 1 / divisor, and adds their squares. */
  private static void store(Assembler a, Half half, Register64 to) {
    a.vmulpd(half.wide, half.wide, QUANTUM);
    a.vdivpd(half.wide, half.wide, DIVISOR);
    a.vcvtpd2ps(half.narrow, half.wide);
    a.vmovups(half.lanes.in(mem(to, Float.BYTES * half.at())), half.narrow);
    a.vcvtps2pd(half.wide, half.narrow);
    square(a, half);
  }

  private static void square(Assembler a, Half half) {
    Zmm squares = half.number == 0 ? LOWER_SQUARES : UPPER_SQUARES;
    a.vfmadd231pd(half.lanes.keep(squares), half.wide, half.wide);
  }

  private static void noSquares(Assembler a) {
    a.vpxord(LOWER_SQUARES, LOWER_SQUARES, LOWER_SQUARES);
    a.vpxord(UPPER_SQUARES, UPPER_SQUARES, UPPER_SQUARES);
  }

  private static void giveSquares(Assembler a) {
    LaneSum.doubles(a, LOWER_SQUARES, UPPER_SQUARES, zmm(0));
    a.vmovups(xmm(0), new Xmm(LOWER_SQUARES.number()));
    a.vzeroupper();
    a.ret();
  }

  private static void rangeCheck(Assembler a) {
    GeneratedCode.constant(a, MAGNITUDE, MAGNITUDE_BITS);
    a.vpxord(LARGEST, LARGEST, LARGEST);
  }

  /** Flags: equal if all magnitudes are below the limit. */
  private static void outOfRange(Assembler a) {
    a.vcmpps(K2, LARGEST, LIMIT, FloatComparison.NOT_LESS);
    a.kortestw(K2, K2);
  }
}
