package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.zmm;
import static dev.hadal.assembler.Register32.EAX;
import static dev.hadal.assembler.Register64.R10;
import static dev.hadal.assembler.Register64.R11;
import static dev.hadal.assembler.Register64.R8;
import static dev.hadal.assembler.Register64.R9;
import static dev.hadal.assembler.Register64.RAX;
import static dev.hadal.assembler.Register64.RCX;
import static dev.hadal.assembler.Register64.RDI;
import static dev.hadal.assembler.Register64.RDX;
import static dev.hadal.assembler.Register64.RSI;
import static dev.hadal.assembler.Scale.BY_1;
import static dev.hadal.assembler.Scale.BY_2;
import static dev.hadal.assembler.WriteMask.K1;
import static dev.hadal.assembler.WriteMask.K2;

import dev.hadal.assembler.Address;
import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.Label;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Register64;
import dev.hadal.assembler.Signature;
import dev.hadal.assembler.WriteMask;
import dev.hadal.assembler.Zmm;
import dev.hadal.kernels.InterleaveFrame.Field;

/**
 * Columns of a matrix whose rows are contracted to panels or tiles, as machine code: as many
 * consecutive rows as a word has elements become one row of words, the first row's elements in the
 * lowest bits. Rows are read over the columns of all tiles of a call, so that memory gives whole
 * pieces of them.
 *
 * <p>A tile is a panel of 32 columns, two vectors, stored side by side; or up to 16 columns of a
 * left operand, whose vectors are stored in ascending order and run past the tile. Columns that do
 * not exist are not read and become zero.
 *
 * @param kind what the elements are
 * @param left whether tiles are those of a left operand: E4M3 codes become BF16 pairs besides
 */
record InterleaveCode(OperandKind kind, boolean left) {
  /** Takes the address of an {@link InterleaveFrame}. */
  static final Signature SIGNATURE = Signature.ofLongs(1);

  private static final Register64 FRAME = RDI;
  private static final Register64 FROM = RSI;
  private static final Register64 ROW = RDX;
  private static final Register64 TILE_FROM = RCX;
  private static final Register64 TO = R8;
  private static final Register64 TILE_TO = R9;
  private static final Register64 TILES = R10;
  private static final Register64 THREE_ROWS = R11;
  private static final Register64 SCRATCH = RAX;

  /** Lanes of a vector of words. */
  private static final int LANES = 16;

  private static final int VECTOR = 4 * LANES;
  private static final int FIRST_TABLE = 16;

  private boolean pairs() {
    return left && kind == OperandKind.TILED;
  }

  /** The code. */
  MachineCode assemble() {
    Assembler a = new Assembler();
    PairTables tables = new PairTables(a, FIRST_TABLE, PairTables.Order.OF_WORDS);
    Label rest = a.label();
    Label end = a.label();
    if (pairs()) {
      tables.load();
    }
    a.mov(SCRATCH, Field.COLUMNS.in(FRAME));
    a.kmovw(K1, EAX);
    a.shr(EAX, LANES);
    a.kmovw(K2, EAX);
    a.mov(FROM, Field.FROM.in(FRAME));
    a.mov(ROW, Field.FROM_ROW.in(FRAME));
    a.mov(TO, Field.TO.in(FRAME));
    a.lea(THREE_ROWS, mem(ROW, ROW, BY_2));
    a.mov(SCRATCH, Field.WORDS.in(FRAME));
    a.test(SCRATCH, SCRATCH);
    a.jz(rest);
    Label word = a.here();
    tiles(a, tables, kind.elements());
    for (int row = 0; row < kind.elements(); row++) {
      a.add(FROM, ROW);
    }
    a.add(TO, Field.TO_WORD.in(FRAME));
    a.sub(SCRATCH, 1);
    a.jnz(word);
    a.bind(rest);
    for (int rows = 1; rows < kind.elements(); rows++) {
      Label next = a.label();
      a.mov(SCRATCH, Field.REST_ROWS.in(FRAME));
      a.cmp(SCRATCH, rows);
      a.jne(next);
      tiles(a, tables, rows);
      a.jmp(end);
      a.bind(next);
    }
    a.bind(end);
    a.vzeroupper();
    a.ret();
    if (pairs()) {
      tables.place();
    }
    return a.finish();
  }

  /** One row of words of all tiles. */
  private void tiles(Assembler a, PairTables tables, int rows) {
    a.mov(TILE_FROM, FROM);
    a.mov(TILE_TO, TO);
    a.mov(TILES, Field.TILES.in(FRAME));
    a.align(16);
    Label tile = a.here();
    for (int half = 0; half < (left ? 1 : 2); half++) {
      WriteMask columns = half == 0 ? K1 : K2;
      Zmm words = zmm(4 * half);
      for (int row = 0; row < rows; row++) {
        Zmm elements = zmm(4 * half + row);
        widen(a, elements, columns, row(row).plus(LANES * kind.bytes() * half));
        if (row > 0) {
          a.vpslld(elements, elements, 8 * kind.bytes() * row);
          a.vpord(words, words, elements);
        }
      }
      if (pairs()) {
        tables.toPairs(words, zmm(8), zmm(9), zmm(10));
        a.vmovdqu32(mem(TILE_TO), zmm(10));
        a.add(TILE_TO, Field.TO_STEP.in(FRAME));
        a.vmovdqu32(mem(TILE_TO), zmm(8));
      } else {
        a.vmovdqu32(mem(TILE_TO, VECTOR * half), words);
      }
    }
    a.add(TILE_FROM, Field.FROM_TILE.in(FRAME));
    a.add(TILE_TO, Field.TO_TILE.in(FRAME));
    a.sub(TILES, 1);
    a.jnz(tile);
  }

  private static Address row(int row) {
    return switch (row) {
      case 0 -> mem(TILE_FROM);
      case 1 -> mem(TILE_FROM, ROW, BY_1);
      case 2 -> mem(TILE_FROM, ROW, BY_2);
      default -> mem(TILE_FROM, THREE_ROWS, BY_1);
    };
  }

  private void widen(Assembler a, Zmm to, WriteMask columns, Address from) {
    switch (kind) {
      case DENSE -> a.vmovdqu32(to.zeroing(columns), from);
      case BFLOAT -> a.vpmovzxwd(to.zeroing(columns), from);
      case TILED -> a.vpmovzxbd(to.zeroing(columns), from);
    }
  }
}
