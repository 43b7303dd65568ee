package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.zmm;
import static dev.hadal.assembler.Register32.EAX;
import static dev.hadal.assembler.Register64.R10;
import static dev.hadal.assembler.Register64.R11;
import static dev.hadal.assembler.Register64.R9;
import static dev.hadal.assembler.Register64.RAX;
import static dev.hadal.assembler.Scale.BY_1;

import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.Label;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Register64;
import dev.hadal.assembler.Signature;
import dev.hadal.assembler.Signature.Kind;
import dev.hadal.assembler.Zmm;
import dev.hadal.kernels.LaneLoop.Pointer;
import java.util.List;

/**
 * {@link Permutation#combine} of one token as machine code: for each vector of columns all terms,
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
  static final Signature SIGNATURE =
      Signature.ofVoid(Kind.LONG, Kind.LONG, Kind.LONG, Kind.LONG, Kind.LONG);

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

  private static final Zmm SUM = zmm(0);
  private static final Zmm PARTIAL = zmm(1);
  private static final Zmm VALUE = zmm(2);
  private static final Zmm ROUNDED = zmm(3);
  private static final Zmm NEGATIVE_ZERO = zmm(16);

  /** The code. */
  MachineCode assemble() {
    Assembler a = new Assembler();
    BFloat16Code.constants(a);
    BFloat16Code.constant(a, NEGATIVE_ZERO, NEGATIVE_ZERO_BITS);
    a.xor(OFFSET, OFFSET);
    new LaneLoop(COLUMNS, 1, List.of(new Pointer(OFFSET, Float.BYTES)))
        .emit(a, lanes -> columns(a, lanes));
    a.vzeroupper();
    a.ret();
    return a.finish();
  }

  private void columns(Assembler a, Lanes lanes) {
    Label terms = a.label();
    Label same = a.label();
    a.vmovaps(SUM, NEGATIVE_ZERO);
    a.test(BASE, BASE);
    a.jz(terms);
    a.vmovups(lanes.fill(SUM), mem(BASE, OFFSET, BY_1));
    a.bind(terms);
    a.vmovaps(PARTIAL, NEGATIVE_ZERO);
    a.mov(TERM, TERMS);
    a.mov(LEFT, TERM_COUNT);
    Label next = a.here();
    a.mov(RAX, mem(TERM, TERM_ROW));
    a.vbroadcastss(VALUE, mem(TERM, TERM_FACTOR));
    a.vmulps(lanes.fill(VALUE), VALUE, mem(RAX, OFFSET, BY_1));
    a.vaddps(PARTIAL, PARTIAL, rounded(a, VALUE, roundTerms));
    a.mov(EAX, mem(TERM, TERM_LAST));
    a.test(EAX, EAX);
    a.jz(same);
    a.vaddps(SUM, SUM, rounded(a, PARTIAL, roundPartials));
    a.vmovaps(PARTIAL, NEGATIVE_ZERO);
    a.bind(same);
    a.add(TERM, TERM_BYTES);
    a.sub(LEFT, 1);
    a.jnz(next);
    a.vmovups(lanes.in(mem(OUT, OFFSET, BY_1)), SUM);
  }

  private static Zmm rounded(Assembler a, Zmm value, boolean round) {
    if (!round) {
      return value;
    }
    BFloat16Code.round(a, ROUNDED, value);
    return ROUNDED;
  }
}
