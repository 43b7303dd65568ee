package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.xmm;
import static dev.hadal.assembler.Operands.zmm;
import static dev.hadal.assembler.Register32.EAX;
import static dev.hadal.assembler.Register32.ECX;
import static dev.hadal.assembler.Register64.R8;
import static dev.hadal.assembler.Register64.R9;
import static dev.hadal.assembler.Register64.RAX;
import static dev.hadal.assembler.Register64.RCX;
import static dev.hadal.kernels.LaneLoop.LANES;

import dev.hadal.assembler.Address;
import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Register64;
import dev.hadal.assembler.Signature;
import dev.hadal.assembler.Signature.Kind;
import dev.hadal.assembler.WriteMask;
import dev.hadal.assembler.Zmm;
import dev.hadal.kernels.LaneLoop.Pointer;
import java.util.Arrays;
import java.util.List;

/**
 * The passes of {@link CrossEntropy} over a row as machine code: the maximum, the sum of
 * exponentials, and with {@code gradient} the gradient but for the target's share.
 *
 * <p>The maximum of a row with NaN may be any of its numbers, unlike Math.max. Nothing shows it:
 * the sum is NaN then, and so is everything that comes of it. Nor does the sign of a zero show.
 *
 * @param gradient whether exponentials and then gradients replace the logits
 */
record CrossEntropyCode(boolean gradient) {
  /**
   * Takes the logits, their number, the factor, which losses ignore; gives the bits of the maximum,
   * above them those of the sum.
   */
  static final Signature SIGNATURE = Signature.of(Kind.LONG, Kind.LONG, Kind.LONG, Kind.FLOAT);

  private static final Register64 X = SIGNATURE.general(0);
  private static final Register64 COUNT = SIGNATURE.general(1);

  private static final int UNROLLED = 4;
  private static final Zmm HIGHEST = zmm(1);
  private static final Zmm SUM = zmm(2);
  private static final Zmm INVERSE = zmm(3);
  private static final Zmm FACTOR = zmm(4);
  private static final Zmm VALUE = zmm(5);
  private static final ExpCode.Scratch SCRATCH =
      new ExpCode.Scratch(zmm(6), zmm(7), zmm(8), WriteMask.K2);

  /** The code. */
  MachineCode assemble() {
    Assembler a = new Assembler();
    Zmm[] registers = new Zmm[ExpCode.CONSTANTS];
    Arrays.setAll(registers, i -> zmm(16 + i));
    ExpCode exp = new ExpCode(a, registers);
    exp.loadConstants();
    a.vbroadcastss(FACTOR, SIGNATURE.vector(2));
    highest(a);
    exponentials(a, exp);
    if (gradient) {
      scale(a, exp);
    }
    a.vmovd(EAX, xmm(HIGHEST.number()));
    a.vmovd(ECX, xmm(SUM.number()));
    a.shl(RCX, 32);
    a.or(RAX, RCX);
    a.vzeroupper();
    a.ret();
    exp.table();
    return a.finish();
  }

  private static void highest(Assembler a) {
    a.mov(EAX, Float.floatToRawIntBits(Float.NEGATIVE_INFINITY));
    a.vpbroadcastd(HIGHEST, EAX);
    pass(a, UNROLLED, (row, lanes) -> a.vmaxps(lanes.keep(HIGHEST), HIGHEST, at(row, lanes)));
    for (int half = LANES / 2; half > 0; half /= 2) {
      a.valignd(VALUE, HIGHEST, HIGHEST, half);
      a.vmaxps(HIGHEST, HIGHEST, VALUE);
    }
    a.vbroadcastss(HIGHEST, xmm(HIGHEST.number()));
  }

  private void exponentials(Assembler a, ExpCode exp) {
    a.vpxord(SUM, SUM, SUM);
    pass(
        a,
        2,
        (row, lanes) -> {
          a.vmovups(lanes.fill(VALUE), at(row, lanes));
          a.vsubps(VALUE, VALUE, HIGHEST);
          exp.exp(VALUE, VALUE, SCRATCH);
          a.vaddps(lanes.keep(SUM), SUM, VALUE);
          if (gradient) {
            a.vmovups(lanes.in(at(row, lanes)), VALUE);
          }
        });
    LaneSum.floats(a, SUM, VALUE);
  }

  private static void scale(Assembler a, ExpCode exp) {
    a.vbroadcastss(SUM, xmm(SUM.number()));
    a.vdivps(INVERSE, exp.one(VALUE), SUM);
    pass(
        a,
        UNROLLED,
        (row, lanes) -> {
          a.vmulps(lanes.fill(VALUE), INVERSE, at(row, lanes));
          a.vmulps(VALUE, VALUE, FACTOR);
          a.vmovups(lanes.in(at(row, lanes)), VALUE);
        });
  }

  /** What a pass does with a vector. */
  @FunctionalInterface
  private interface Step {
    /** Emits it. */
    void emit(Register64 row, Lanes lanes);
  }

  private static void pass(Assembler a, int unrolled, Step step) {
    a.mov(R8, X);
    a.mov(R9, COUNT);
    new LaneLoop(R9, unrolled, List.of(new Pointer(R8, Float.BYTES)))
        .emit(a, lanes -> step.emit(R8, lanes));
  }

  private static Address at(Register64 row, Lanes lanes) {
    return mem(row, Float.BYTES * LANES * lanes.index());
  }
}
