package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.zmm;
import static dev.hadal.assembler.Register32.EAX;
import static dev.hadal.assembler.WriteMask.K1;
import static dev.hadal.kernels.CausalLayout.LANES;

import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.Label;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Register64;
import dev.hadal.assembler.Signature;

/**
 * Rows of sums times a factor each, as machine code: the last step of forward attention.
 *
 * @param width floats of a row
 */
record ScaledRowsCode(int width) {
  /** Takes the sums, the first factor, the results, the bytes from row to row there, the rows. */
  static final Signature SIGNATURE = Signature.ofLongs(5);

  private static final Register64 FROM = SIGNATURE.general(0);
  private static final Register64 FACTOR = SIGNATURE.general(1);
  private static final Register64 TO = SIGNATURE.general(2);
  private static final Register64 TO_ROW = SIGNATURE.general(3);
  private static final Register64 COUNT = SIGNATURE.general(4);

  /** The code; it needs one row at least. */
  MachineCode assemble() {
    Assembler a = new Assembler();
    a.mov(EAX, (1 << (width % LANES)) - 1);
    a.kmovw(K1, EAX);
    Label row = a.here();
    a.vbroadcastss(zmm(1), mem(FACTOR));
    for (int column = 0; column < width; column += LANES) {
      a.vmulps(zmm(0), zmm(1), mem(FROM, 4 * column));
      boolean whole = width - column >= LANES;
      a.vmovups(whole ? mem(TO, 4 * column) : mem(TO, 4 * column).merging(K1), zmm(0));
    }
    a.add(FROM, 4 * CausalLayout.padded(width));
    a.add(FACTOR, CausalForwardCode.STATE_ROW);
    a.add(TO, TO_ROW);
    a.sub(COUNT, 1);
    a.jnz(row);
    a.vzeroupper();
    a.ret();
    return a.finish();
  }
}
