package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.zmm;
import static dev.hadal.kernels.CausalLayout.BLOCK;
import static dev.hadal.kernels.CausalLayout.LANES;
import static dev.hadal.kernels.CausalLayout.VECTOR;

import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.Label;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Register64;
import dev.hadal.assembler.Signature;

/**
 * The pairs of a block of 64 rows of BF16 as machine code: of every two rows one line of words, the
 * first row's element in the lower half.
 *
 * @param columns of a row, a multiple of 16
 */
record RowPairsCode(int columns) {
  /** Takes the first row and the first line. */
  static final Signature SIGNATURE = Signature.ofLongs(2);

  private static final Register64 FROM = SIGNATURE.general(0);
  private static final Register64 TO = SIGNATURE.general(1);
  private static final Register64 COUNT = Register64.RCX;

  /** The code. */
  MachineCode assemble() {
    int row = Short.BYTES * columns;
    Assembler a = new Assembler();
    a.mov(COUNT, (long) BLOCK / 2);
    Label pair = a.here();
    for (int column = 0; column < columns; column += LANES) {
      a.vpmovzxwd(zmm(0), mem(FROM, Short.BYTES * column));
      a.vpmovzxwd(zmm(1), mem(FROM, row + Short.BYTES * column));
      a.vpslld(zmm(1), zmm(1), Short.SIZE);
      a.vpord(zmm(0), zmm(0), zmm(1));
      a.vmovdqu32(mem(TO, VECTOR * column / LANES), zmm(0));
    }
    a.add(FROM, 2 * row);
    a.add(TO, VECTOR * columns / LANES);
    a.sub(COUNT, 1);
    a.jnz(pair);
    a.vzeroupper();
    a.ret();
    return a.finish();
  }
}
