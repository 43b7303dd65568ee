package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.zmm;
import static dev.hadal.assembler.Register32.EAX;
import static dev.hadal.assembler.WriteMask.K1;
import static dev.hadal.assembler.WriteMask.K2;
import static dev.hadal.assembler.WriteMask.K3;

import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.Label;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Register64;
import dev.hadal.assembler.Signature;
import dev.hadal.assembler.Zmm;

/**
 * Rows of floats to rows of operands as machine code: FP32 as it is, or rounded as {@link
 * Quantizer#toBFloat16} does, and zeros behind.
 *
 * @param kind DENSE or BFLOAT
 * @param width floats of a row
 * @param padded operands that are written, not fewer
 */
record OperandRowsCode(OperandKind kind, int width, int padded) {
  /** Takes the floats, the bytes from row to row, the operands, the bytes there, the rows. */
  static final Signature SIGNATURE = Signature.ofLongs(5);

  private static final Register64 FROM = SIGNATURE.general(0);
  private static final Register64 FROM_ROW = SIGNATURE.general(1);
  private static final Register64 TO = SIGNATURE.general(2);
  private static final Register64 TO_ROW = SIGNATURE.general(3);
  private static final Register64 COUNT = SIGNATURE.general(4);

  private static final int LANES = CausalLayout.LANES;

  /** The code; it needs one row at least. */
  MachineCode assemble() {
    int step = LANES * kind.elements();
    Assembler a = new Assembler();
    OperandCode operands = new OperandCode(a);
    mask(a, width % LANES, false);
    mask(a, padded % step, true);
    Label row = a.here();
    for (int column = 0; column < padded; column += step) {
      boolean whole = padded - column >= step;
      load(a, zmm(0), column);
      if (kind == OperandKind.DENSE) {
        a.vmovups(whole ? mem(TO, 4 * column) : mem(TO, 4 * column).merging(K2), zmm(0));
      } else {
        load(a, zmm(1), column + LANES);
        operands.round(zmm(0), zmm(0), zmm(1), zmm(2), K3);
        a.vmovdqu16(whole ? mem(TO, 2 * column) : mem(TO, 2 * column).merging(K2), zmm(0));
      }
    }
    a.add(FROM, FROM_ROW);
    a.add(TO, TO_ROW);
    a.sub(COUNT, 1);
    a.jnz(row);
    a.vzeroupper();
    a.ret();
    operands.table();
    return a.finish();
  }

  private static void mask(Assembler a, int lanes, boolean stores) {
    a.mov(EAX, (int) ((1L << lanes) - 1));
    a.kmovd(stores ? K2 : K1, EAX);
  }

  /** 16 floats from a column on, those behind the row as zeros and untouched. */
  private void load(Assembler a, Zmm to, int column) {
    if (column + LANES <= width) {
      a.vmovups(to, mem(FROM, 4 * column));
    } else if (column < width) {
      a.vmovups(to.zeroing(K1), mem(FROM, 4 * column));
    } else {
      a.vpxord(to, to, to);
    }
  }
}
