package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.zmm;
import static dev.hadal.assembler.Register32.EAX;
import static dev.hadal.assembler.Register64.R10;
import static dev.hadal.assembler.Register64.R11;
import static dev.hadal.assembler.Register64.R9;
import static dev.hadal.assembler.Register64.RAX;
import static dev.hadal.assembler.Scale.BY_1;
import static dev.hadal.kernels.LaneLoop.LANES;

import dev.hadal.assembler.Address;
import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.Label;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Register64;
import dev.hadal.assembler.Signature;
import dev.hadal.assembler.Zmm;
import dev.hadal.kernels.LaneLoop.Pointer;
import java.util.List;

/**
 * {@link Permutation#combine} of one token as machine code: for a few vectors of columns all terms,
 * the sums in registers, so every row is read once and nothing else is touched.
 *
 * <p>Sums begin with -0, to which adding any number gives that number: the first term needs no case
 * of its own.
 *
 * @param roundTerms whether terms are rounded to BF16
 * @param roundPartials whether the sums of groups are
 */
record CombineCode(boolean roundTerms, boolean roundPartials) {
  /** Takes terms, their number (1 or more), the base row or 0, the out row, columns. */
  static final Signature SIGNATURE = Signature.ofLongs(5);

  /** Bytes of a term in memory. */
  static final int TERM_BYTES = 16;

  /** Address of the term's row. */
  static final int TERM_ROW = 0;

  /** Its factor, FP32. */
  static final int TERM_FACTOR = 8;

  /** Not 0 if the term is the last of its group. */
  static final int TERM_LAST = 12;

  private static final int NEGATIVE_ZERO_BITS = 0x8000_0000;

  private static final Register64 TERMS = SIGNATURE.general(0);
  private static final Register64 TERM_COUNT = SIGNATURE.general(1);
  private static final Register64 BASE = SIGNATURE.general(2);
  private static final Register64 OUT = SIGNATURE.general(3);
  private static final Register64 COLUMNS = SIGNATURE.general(4);
  private static final Register64 OFFSET = R9;
  private static final Register64 TERM = R10;
  private static final Register64 LEFT = R11;

  private static final int UNROLLED = 4;
  private static final Zmm FACTOR = zmm(16);
  private static final Zmm NEGATIVE_ZERO = zmm(17);

  /** The code. */
  MachineCode assemble() {
    Assembler a = new Assembler();
    BFloat16Rounding.LAST_REGISTERS.constants(a);
    GeneratedCode.constant(a, NEGATIVE_ZERO, NEGATIVE_ZERO_BITS);
    a.xor(OFFSET, OFFSET);
    new LaneLoop(COLUMNS, UNROLLED, List.of(new Pointer(OFFSET, Float.BYTES)))
        .emitTogether(a, vectors -> columns(a, vectors));
    a.vzeroupper();
    a.ret();
    return a.finish();
  }

  private void columns(Assembler a, List<Lanes> vectors) {
    Label terms = a.label();
    Label same = a.label();
    vectors.forEach(lanes -> a.vmovaps(sum(lanes), NEGATIVE_ZERO));
    a.test(BASE, BASE);
    a.jz(terms);
    vectors.forEach(lanes -> a.vmovups(lanes.fill(sum(lanes)), at(BASE, lanes)));
    a.bind(terms);
    vectors.forEach(lanes -> a.vmovaps(partial(lanes), NEGATIVE_ZERO));
    a.mov(TERM, TERMS);
    a.mov(LEFT, TERM_COUNT);
    Label next = a.here();
    a.mov(RAX, mem(TERM, TERM_ROW));
    a.vbroadcastss(FACTOR, mem(TERM, TERM_FACTOR));
    for (Lanes lanes : vectors) {
      a.vmulps(lanes.fill(value(lanes)), FACTOR, at(RAX, lanes));
      a.vaddps(partial(lanes), partial(lanes), rounded(a, lanes, value(lanes), roundTerms));
    }
    a.mov(EAX, mem(TERM, TERM_LAST));
    a.test(EAX, EAX);
    a.jz(same);
    for (Lanes lanes : vectors) {
      a.vaddps(sum(lanes), sum(lanes), rounded(a, lanes, partial(lanes), roundPartials));
      a.vmovaps(partial(lanes), NEGATIVE_ZERO);
    }
    a.bind(same);
    a.add(TERM, TERM_BYTES);
    a.sub(LEFT, 1);
    a.jnz(next);
    vectors.forEach(lanes -> a.vmovups(lanes.in(at(OUT, lanes)), sum(lanes)));
  }

  private static Zmm sum(Lanes lanes) {
    return zmm(4 * lanes.index());
  }

  private static Zmm partial(Lanes lanes) {
    return zmm(4 * lanes.index() + 1);
  }

  private static Zmm value(Lanes lanes) {
    return zmm(4 * lanes.index() + 2);
  }

  private static Address at(Register64 row, Lanes lanes) {
    return mem(row, OFFSET, BY_1).plus(Float.BYTES * LANES * lanes.index());
  }

  private static Zmm rounded(Assembler a, Lanes lanes, Zmm value, boolean round) {
    if (!round) {
      return value;
    }
    Zmm rounded = zmm(4 * lanes.index() + 3);
    BFloat16Rounding.LAST_REGISTERS.round(a, rounded, value);
    return rounded;
  }
}
