package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.xmm;
import static dev.hadal.assembler.Operands.ymm;
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
 * Dot products of rows with rows as machine code, by fused multiply-adds in the 16-lane layout: the
 * deltas of backward attention.
 *
 * @param width floats of a row, at least 1
 */
record RowDotsCode(int width) {
  /** Takes both first rows, the bytes from row to row in both, the first result, the rows. */
  static final Signature SIGNATURE = Signature.ofLongs(5);

  private static final Register64 X = SIGNATURE.general(0);
  private static final Register64 Y = SIGNATURE.general(1);
  private static final Register64 ROW = SIGNATURE.general(2);
  private static final Register64 TO = SIGNATURE.general(3);
  private static final Register64 COUNT = SIGNATURE.general(4);
  private static final int OTHER_PAIR = 0x4E;
  private static final int OTHER_LANE = 0xB1;

  /** The code; it needs one row at least. */
  MachineCode assemble() {
    Assembler a = new Assembler();
    a.mov(EAX, (1 << (width % LANES)) - 1);
    a.kmovw(K1, EAX);
    Label row = a.here();
    a.vpxord(zmm(0), zmm(0), zmm(0));
    for (int column = 0; column < width; column += LANES) {
      boolean whole = width - column >= LANES;
      a.vmovups(whole ? zmm(1) : zmm(1).zeroing(K1), mem(X, 4 * column));
      a.vfmadd231ps(whole ? zmm(0) : zmm(0).merging(K1), zmm(1), mem(Y, 4 * column));
    }
    a.vextractf64x4(ymm(1), zmm(0), 1);
    a.vaddps(ymm(0), ymm(0), ymm(1));
    a.vextractf32x4(xmm(1), ymm(0), 1);
    a.vaddps(xmm(0), xmm(0), xmm(1));
    a.vpermilps(xmm(1), xmm(0), OTHER_PAIR);
    a.vaddps(xmm(0), xmm(0), xmm(1));
    a.vpermilps(xmm(1), xmm(0), OTHER_LANE);
    a.vaddps(xmm(0), xmm(0), xmm(1));
    a.vmovss(mem(TO), xmm(0));
    a.add(X, ROW);
    a.add(Y, ROW);
    a.add(TO, Float.BYTES);
    a.sub(COUNT, 1);
    a.jnz(row);
    a.vzeroupper();
    a.ret();
    return a.finish();
  }
}
