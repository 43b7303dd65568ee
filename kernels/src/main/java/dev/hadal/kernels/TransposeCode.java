package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.zmm;
import static dev.hadal.assembler.Register32.EAX;
import static dev.hadal.assembler.Register64.R10;
import static dev.hadal.assembler.Register64.R11;
import static dev.hadal.assembler.Register64.RAX;
import static dev.hadal.assembler.WriteMask.K1;
import static dev.hadal.assembler.WriteMask.K2;

import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.Condition;
import dev.hadal.assembler.Label;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Register64;
import dev.hadal.assembler.Signature;
import dev.hadal.assembler.Zmm;

/**
 * Up to 16 rows become columns of 32-bit words, as machine code: word w of row r goes to lane r of
 * vector w, one stride after the other. Lanes beyond the rows become zero. The last word of a row
 * is filled with zeros.
 *
 * <p>A block of 16 vectors is transposed in registers, in four steps. Words of neighbouring rows
 * are interleaved, then pairs of words, so that each 128-bit piece holds one word of four rows;
 * then the pieces are sorted, by twos and by fours.
 *
 * <p>Whole vectors are stored in ascending order: what one writes beyond its lanes the next one
 * overwrites, where strides are shorter, and there must be room behind the last.
 *
 * @param pairs whether words are four E4M3 codes each, which become two vectors of BF16 pairs
 */
record TransposeCode(boolean pairs) {
  /** Rows at most. */
  static final int ROWS = 16;

  /** Takes the first row, the bytes from row to row, rows, bytes of a row, target, its stride. */
  static final Signature SIGNATURE = Signature.ofLongs(6);

  private static final Register64 FROM = SIGNATURE.general(0);
  private static final Register64 ROW = SIGNATURE.general(1);
  private static final Register64 COUNT = SIGNATURE.general(2);
  private static final Register64 BYTES = SIGNATURE.general(3);
  private static final Register64 TO = SIGNATURE.general(4);
  private static final Register64 STRIDE = SIGNATURE.general(5);

  private static final int VECTOR = 64;

  /** Pieces 0 and 2 of both sources. */
  private static final int EVEN = 0x88;

  /** Pieces 1 and 3. */
  private static final int ODD = 0xDD;

  /** The code. */
  MachineCode assemble() {
    Assembler a = new Assembler();
    PairTables tables = new PairTables(a, ROWS, PairTables.Order.OF_WORDS);
    Label rest = a.label();
    Label end = a.label();
    a.mov(RAX, -1L);
    a.bzhi(RAX, RAX, COUNT);
    a.kmovw(K1, EAX);
    a.sub(BYTES, VECTOR);
    a.jb(rest);
    a.align(32);
    Label block = a.here();
    load(a, true);
    transpose(a);
    if (pairs) {
      tables.load();
    }
    for (int word = 0; word < ROWS; word++) {
      store(a, tables, word);
    }
    a.add(FROM, VECTOR);
    a.sub(BYTES, VECTOR);
    a.jae(block);
    a.bind(rest);
    a.add(BYTES, VECTOR);
    a.jz(end);
    a.mov(RAX, -1L);
    a.bzhi(RAX, RAX, BYTES);
    a.kmovq(K2, RAX);
    load(a, false);
    transpose(a);
    if (pairs) {
      tables.load();
    }
    for (int word = 0; word < ROWS; word++) {
      store(a, tables, word);
      a.sub(BYTES, 4);
      a.jbe(end);
    }
    a.bind(end);
    a.vzeroupper();
    a.ret();
    if (pairs) {
      tables.place();
    }
    return a.finish();
  }

  /** A vector of each row; of rows that do not exist one that does, which is masked off later. */
  private static void load(Assembler a, boolean whole) {
    a.mov(R10, FROM);
    for (int row = 0; row < ROWS; row++) {
      a.vmovdqu8(whole ? zmm(row) : zmm(row).zeroing(K2), mem(R10));
      if (row + 1 < ROWS) {
        a.lea(R11, mem(R10, ROW, dev.hadal.assembler.Scale.BY_1));
        a.cmp(COUNT, row + 1);
        a.cmov(Condition.ABOVE, R10, R11);
      }
    }
  }

  /** Registers 0 to 15, with 16 to 31 in between. */
  private static void transpose(Assembler a) {
    for (int i = 0; i < ROWS; i += 2) {
      a.vpunpckldq(zmm(ROWS + i), zmm(i), zmm(i + 1));
      a.vpunpckhdq(zmm(ROWS + i + 1), zmm(i), zmm(i + 1));
    }
    for (int i = 0; i < ROWS; i += 4) {
      for (int half = 0; half < 2; half++) {
        Zmm first = zmm(ROWS + i + half);
        Zmm second = zmm(ROWS + i + half + 2);
        a.vpunpcklqdq(zmm(i + 2 * half), first, second);
        a.vpunpckhqdq(zmm(i + 2 * half + 1), first, second);
      }
    }
    for (int j = 0; j < 4; j++) {
      a.vshufi32x4(zmm(ROWS + j), zmm(j), zmm(4 + j), EVEN);
      a.vshufi32x4(zmm(ROWS + 4 + j), zmm(8 + j), zmm(12 + j), EVEN);
      a.vshufi32x4(zmm(ROWS + 8 + j), zmm(j), zmm(4 + j), ODD);
      a.vshufi32x4(zmm(ROWS + 12 + j), zmm(8 + j), zmm(12 + j), ODD);
    }
    for (int j = 0; j < 4; j++) {
      a.vshufi32x4(zmm(j).zeroing(K1), zmm(ROWS + j), zmm(ROWS + 4 + j), EVEN);
      a.vshufi32x4(zmm(8 + j).zeroing(K1), zmm(ROWS + j), zmm(ROWS + 4 + j), ODD);
      a.vshufi32x4(zmm(4 + j).zeroing(K1), zmm(ROWS + 8 + j), zmm(ROWS + 12 + j), EVEN);
      a.vshufi32x4(zmm(12 + j).zeroing(K1), zmm(ROWS + 8 + j), zmm(ROWS + 12 + j), ODD);
    }
  }

  private void store(Assembler a, PairTables tables, int word) {
    if (!pairs) {
      a.vmovdqu32(mem(TO), zmm(word));
      a.add(TO, STRIDE);
      return;
    }
    Zmm second = zmm(ROWS + PairTables.REGISTERS);
    Zmm first = zmm(ROWS + PairTables.REGISTERS + 1);
    tables.toPairs(zmm(word), second, zmm(ROWS + PairTables.REGISTERS + 2), first);
    a.vmovdqu32(mem(TO), first);
    a.add(TO, STRIDE);
    a.vmovdqu32(mem(TO), second);
    a.add(TO, STRIDE);
  }
}
