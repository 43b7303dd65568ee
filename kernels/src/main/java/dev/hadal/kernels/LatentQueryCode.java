package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.zmm;
import static dev.hadal.assembler.Scale.BY_1;
import static dev.hadal.assembler.WriteMask.K1;
import static dev.hadal.assembler.WriteMask.K2;

import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.Label;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Register32;
import dev.hadal.assembler.Register64;
import dev.hadal.assembler.Signature;
import dev.hadal.assembler.Zmm;

/**
 * Queries of sixteen columns as {@link LatentBlockCode} reads them, as machine code: step by step
 * the word of every column, gathered from the columns' rows.
 *
 * @param layout sizes
 */
record LatentQueryCode(LatentLayout layout) {
  /**
   * Takes the rows' base, the address of each column's distance from it in bytes, where the words
   * go, a bit for each column that exists.
   */
  static final Signature SIGNATURE = Signature.ofLongs(4);

  private static final Register64 FROM = SIGNATURE.general(0);
  private static final Register64 DISTANCES = SIGNATURE.general(1);
  private static final Register64 TO = SIGNATURE.general(2);

  /** The lower half of the fourth argument. */
  private static final Register32 COLUMNS = Register32.ECX;

  private static final Register64 COUNT = Register64.R8;

  private static final Zmm EVEN = zmm(0);
  private static final Zmm ODD = zmm(1);
  private static final Zmm MAGNITUDE = zmm(2);
  private static final Zmm INDEX = zmm(3);
  private static final Zmm JOINED = zmm(4);

  /** The code. */
  MachineCode assemble() {
    Assembler a = new Assembler();
    OperandCode operands = new OperandCode(a);
    Label joined = a.label();
    a.vmovdqu32(INDEX, mem(DISTANCES));
    if (layout.kind() == OperandKind.BFLOAT) {
      a.vmovdqu32(JOINED, mem(joined));
    }
    if (layout.wholeSteps() > 0) {
      a.mov(COUNT, (long) layout.wholeSteps());
      Label step = a.here();
      gather(a, EVEN, 0);
      if (layout.kind() == OperandKind.BFLOAT) {
        gather(a, ODD, Float.BYTES);
      }
      store(a, operands);
      a.sub(COUNT, 1);
      a.jnz(step);
    }
    if (layout.odd()) {
      gather(a, EVEN, 0);
      a.vpxord(ODD, ODD, ODD);
      store(a, operands);
    }
    a.vzeroupper();
    a.ret();
    operands.table();
    if (layout.kind() == OperandKind.BFLOAT) {
      a.align(LatentLayout.VECTOR);
      a.bind(joined);
      a.data(LatentBlockCode.joined());
    }
    return a.finish();
  }

  private static void gather(Assembler a, Zmm to, int offset) {
    a.vpxord(to, to, to);
    a.kmovw(K1, COLUMNS);
    a.vgatherdps(to, K1, mem(FROM, offset).plus(INDEX, BY_1));
  }

  private void store(Assembler a, OperandCode operands) {
    if (layout.kind() == OperandKind.BFLOAT) {
      operands.roundFactors(EVEN, EVEN, ODD, MAGNITUDE, K2);
      a.vpermw(EVEN, JOINED, EVEN);
    }
    a.vmovdqu32(mem(TO), EVEN);
    a.add(FROM, Float.BYTES * layout.kind().elements());
    a.add(TO, LatentLayout.VECTOR);
  }
}
