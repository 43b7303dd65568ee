package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.zmm;
import static dev.hadal.assembler.Register64.R8;
import static dev.hadal.assembler.Scale.BY_1;
import static dev.hadal.assembler.Scale.BY_2;

import dev.hadal.assembler.Address;
import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.Label;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Register64;
import dev.hadal.assembler.Signature;
import dev.hadal.assembler.Zmm;

/**
 * Rows to panels as machine code: as many consecutive rows as a word has elements become one row of
 * 32 words, the first row's elements in the lowest bits. The twin of {@link Words#interleave}.
 *
 * @param kind what the elements are
 */
record InterleaveCode(OperandKind kind) {
  /** Takes the first element, the bytes from row to row, the first word, the rows of words. */
  static final Signature SIGNATURE =
      Signature.ofVoid(
          Signature.Kind.LONG, Signature.Kind.LONG, Signature.Kind.LONG, Signature.Kind.LONG);

  private static final Register64 FROM = SIGNATURE.general(0);
  private static final Register64 ROW = SIGNATURE.general(1);
  private static final Register64 TO = SIGNATURE.general(2);
  private static final Register64 COUNT = SIGNATURE.general(3);

  /** Lanes of a vector of words. */
  private static final int LANES = 16;

  /** The code. */
  MachineCode assemble() {
    Assembler a = new Assembler();
    Label end = a.label();
    a.test(COUNT, COUNT);
    a.jz(end);
    a.align(32);
    Label loop = a.here();
    a.lea(R8, mem(FROM, ROW, BY_2));
    for (int half = 0; half < 2; half++) {
      Zmm words = zmm(8 * half);
      for (int row = 0; row < kind.elements(); row++) {
        Zmm elements = row == 0 ? words : zmm(8 * half + row);
        widen(a, elements, row(row).plus(LANES * kind.bytes() * half));
        if (row > 0) {
          a.vpslld(elements, elements, 8 * kind.bytes() * row);
          a.vpord(words, words, elements);
        }
      }
      a.vmovdqu32(mem(TO, 4 * LANES * half), words);
    }
    for (int row = 0; row < kind.elements(); row++) {
      a.add(FROM, ROW);
    }
    a.add(TO, 2 * 4 * LANES);
    a.sub(COUNT, 1);
    a.jnz(loop);
    a.bind(end);
    a.vzeroupper();
    a.ret();
    return a.finish();
  }

  private static Address row(int row) {
    return switch (row) {
      case 0 -> mem(FROM);
      case 1 -> mem(FROM, ROW, BY_1);
      case 2 -> mem(R8);
      default -> mem(R8, ROW, BY_1);
    };
  }

  private void widen(Assembler a, Zmm to, Address from) {
    switch (kind) {
      case DENSE -> a.vmovdqu32(to, from);
      case BFLOAT -> a.vpmovzxwd(to, from);
      case TILED -> a.vpmovzxbd(to, from);
    }
  }
}
