package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.zmm;
import static dev.hadal.assembler.Register32.EAX;
import static dev.hadal.assembler.WriteMask.K1;
import static dev.hadal.kernels.CausalLayout.BLOCK;
import static dev.hadal.kernels.CausalLayout.LANES;
import static dev.hadal.kernels.CausalLayout.LINE;
import static dev.hadal.kernels.CausalLayout.VECTOR;
import static dev.hadal.kernels.CausalLayout.WORD;

import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.Label;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Register64;
import dev.hadal.assembler.Signature;
import dev.hadal.assembler.Zmm;

/**
 * A block of 64 rows transposed, as machine code: of every word of a row one line with that word of
 * all rows.
 *
 * <p>Sixteen rows by sixteen words at a time, in four rounds of sixteen shuffles: neighbouring
 * words of two rows are interleaved, then pairs of words, then 128-bit blocks twice. After the
 * rounds of words the registers hold, in each block of four words, one word of four rows; the
 * rounds of blocks bring the four blocks of a word together.
 *
 * @param row bytes of a row
 * @param words of a row that become lines
 */
record AcrossCode(int row, int words) {
  /** Takes the first row and the first line. */
  static final Signature SIGNATURE = Signature.ofLongs(2);

  private static final Register64 FROM = SIGNATURE.general(0);
  private static final Register64 TO = SIGNATURE.general(1);
  private static final Register64 COUNT = Register64.RCX;
  private static final int EVEN_BLOCKS = 0x88;
  private static final int ODD_BLOCKS = 0xDD;

  /** The code. */
  MachineCode assemble() {
    Assembler a = new Assembler();
    a.mov(EAX, (1 << (words % LANES)) - 1);
    a.kmovw(K1, EAX);
    a.mov(COUNT, (long) BLOCK / LANES);
    Label rows = a.here();
    for (int word = 0; word < words; word += LANES) {
      square(a, word);
    }
    a.add(FROM, LANES * row);
    a.add(TO, VECTOR);
    a.sub(COUNT, 1);
    a.jnz(rows);
    a.vzeroupper();
    a.ret();
    return a.finish();
  }

  /** Registers 0 to 15 hold rows, then 16 to 31, and so on in turns. */
  private void square(Assembler a, int word) {
    boolean whole = words - word >= LANES;
    for (int i = 0; i < LANES; i++) {
      a.vmovups(whole ? zmm(i) : zmm(i).zeroing(K1), mem(FROM, row * i + WORD * word));
    }
    for (int i = 0; i < LANES; i += 2) {
      a.vpunpckldq(zmm(16 + i), zmm(i), zmm(i + 1));
      a.vpunpckhdq(zmm(17 + i), zmm(i), zmm(i + 1));
    }
    // Register 4 g + w: word w of each block, of rows 4 g to 4 g + 3.
    for (int g = 0; g < LANES; g += 4) {
      a.vpunpcklqdq(zmm(g), zmm(16 + g), zmm(18 + g));
      a.vpunpckhqdq(zmm(g + 1), zmm(16 + g), zmm(18 + g));
      a.vpunpcklqdq(zmm(g + 2), zmm(17 + g), zmm(19 + g));
      a.vpunpckhqdq(zmm(g + 3), zmm(17 + g), zmm(19 + g));
    }
    for (int w = 0; w < 4; w++) {
      blocks(a, zmm(16 + w), zmm(20 + w), zmm(w), zmm(4 + w));
      blocks(a, zmm(24 + w), zmm(28 + w), zmm(8 + w), zmm(12 + w));
    }
    for (int w = 0; w < 4; w++) {
      // Even blocks: words w and 8 + w; odd blocks: words 4 + w and 12 + w.
      blocks(a, zmm(w), zmm(8 + w), zmm(16 + w), zmm(24 + w));
      blocks(a, zmm(4 + w), zmm(12 + w), zmm(20 + w), zmm(28 + w));
    }
    for (int i = 0; i < Math.min(LANES, words - word); i++) {
      a.vmovups(mem(TO, LINE * (word + i)), zmm(i));
    }
  }

  private static void blocks(Assembler a, Zmm even, Zmm odd, Zmm x, Zmm y) {
    a.vshufi32x4(even, x, y, EVEN_BLOCKS);
    a.vshufi32x4(odd, x, y, ODD_BLOCKS);
  }
}
