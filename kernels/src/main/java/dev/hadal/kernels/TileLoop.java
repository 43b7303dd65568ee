package dev.hadal.kernels;

import static dev.hadal.assembler.Register64.R10;
import static dev.hadal.assembler.Register64.R8;
import static dev.hadal.assembler.Register64.R9;
import static dev.hadal.assembler.Register64.RAX;
import static dev.hadal.assembler.Register64.RCX;
import static dev.hadal.assembler.Register64.RDI;
import static dev.hadal.assembler.Register64.RDX;
import static dev.hadal.assembler.Register64.RSI;
import static dev.hadal.assembler.WriteMask.K1;

import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.Destination;
import dev.hadal.assembler.Label;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Memory;
import dev.hadal.assembler.MemoryDestination;
import dev.hadal.assembler.Register64;
import dev.hadal.assembler.Signature;
import dev.hadal.assembler.Vector;
import dev.hadal.kernels.TileFrame.Field;

/**
 * The loop that the machine code of {@link GeneratedQuantizer} shares: rows of a matrix, each in
 * tiles of 128 columns, eight vectors of 16 lanes. What is done with a tile is written for whole
 * tiles and for each number of vectors that the rest of a row may have, the last one under a mask.
 *
 * <p>While a tile is worked on, registers point to its parts; {@link TileFrame} says where a row's
 * first ones are. K1 belongs to the loop.
 *
 * @param source bytes of a tile's elements that are read
 * @param sourceScales bytes of their scales, 0 if there are none
 * @param target bytes of a tile's elements that are written
 * @param targetScales bytes of their scales
 */
record TileLoop(int source, int sourceScales, int target, int targetScales) {
  /** Takes the address of a {@link TileFrame}. */
  static final Signature SIGNATURE = Signature.ofLongs(1);

  /** Vectors of a tile. */
  static final int VECTORS = 8;

  /** Lanes of a vector. */
  static final int LANES = Matrix.Tiled.GROUP / VECTORS;

  /** Bytes of a vector of 32-bit lanes. */
  static final int VECTOR = 4 * LANES;

  /** Bytes of a tile of 32-bit elements. */
  static final int FLOATS = VECTORS * VECTOR;

  /** Bytes of a scale. */
  static final int SCALE = 4;

  /** Points to the tile's elements. */
  static final Register64 SOURCE = RSI;

  /** Points to their scales. */
  static final Register64 SOURCE_SCALES = RDX;

  /** Points to where results go. */
  static final Register64 TARGET = RCX;

  /** Points to where their scales go. */
  static final Register64 TARGET_SCALES = R8;

  /** Points to 32 bits for each column of the tile, the same for all rows. */
  static final Register64 STATE = R9;

  private static final Register64 FRAME = RDI;
  private static final Register64 COLUMNS = R10;

  /** What is done with a tile. */
  @FunctionalInterface
  interface Body {
    /** Writes the code for a tile of which these lanes exist. */
    void emit(Assembler a, Lanes lanes);
  }

  /**
   * The lanes of a tile that exist.
   *
   * @param vectors that exist
   * @param masked whether of the last one only those lanes do that K1 has
   */
  record Lanes(int vectors, boolean masked) {
    private boolean whole(int vector) {
      return !masked || vector < vectors - 1;
    }

    /** The existing lanes of a tile's vector as a destination; the others become zero. */
    <V extends Vector<V>> Destination<V> of(V register, int vector) {
      return whole(vector) ? register : register.zeroing(K1);
    }

    /** The same in memory; the others are not touched. */
    MemoryDestination of(Memory memory, int vector) {
      return whole(vector) ? memory : memory.merging(K1);
    }
  }

  /** The code: constants first, then the body for each tile of each row. */
  MachineCode assemble(Assembler a, Body body) {
    Label row = a.here();
    Label tile = a.label();
    Label rest = a.label();
    Label rowEnd = a.label();
    a.mov(SOURCE, Field.SOURCE.in(FRAME));
    a.mov(SOURCE_SCALES, Field.SOURCE_SCALES.in(FRAME));
    a.mov(TARGET, Field.TARGET.in(FRAME));
    a.mov(TARGET_SCALES, Field.TARGET_SCALES.in(FRAME));
    a.mov(STATE, Field.STATE.in(FRAME));
    a.mov(COLUMNS, Field.COLUMNS.in(FRAME));
    a.sub(COLUMNS, Matrix.Tiled.GROUP);
    a.jb(rest);
    a.align(32);
    a.bind(tile);
    body.emit(a, new Lanes(VECTORS, false));
    advance(a, SOURCE, source);
    advance(a, SOURCE_SCALES, sourceScales);
    advance(a, TARGET, target);
    advance(a, TARGET_SCALES, targetScales);
    advance(a, STATE, FLOATS);
    a.sub(COLUMNS, Matrix.Tiled.GROUP);
    a.jae(tile);
    a.bind(rest);
    a.add(COLUMNS, Matrix.Tiled.GROUP);
    a.jz(rowEnd);
    rest(a, body, rowEnd);
    a.bind(rowEnd);
    next(a, Field.SOURCE, Field.SOURCE_ROW);
    next(a, Field.SOURCE_SCALES, Field.SOURCE_SCALES_ROW);
    next(a, Field.TARGET, Field.TARGET_ROW);
    next(a, Field.TARGET_SCALES, Field.TARGET_SCALES_ROW);
    a.mov(RAX, Field.ROWS.in(FRAME));
    a.sub(RAX, 1);
    a.mov(Field.ROWS.in(FRAME), RAX);
    a.jnz(row);
    a.vzeroupper();
    a.ret();
    return a.finish();
  }

  private static void advance(Assembler a, Register64 pointer, int bytes) {
    if (bytes > 0) {
      a.add(pointer, bytes);
    }
  }

  /** The body once for each number of vectors, whole ones without masks, which would cost time. */
  private static void rest(Assembler a, Body body, Label rowEnd) {
    for (int vectors = 1; vectors <= VECTORS; vectors++) {
      Label partial = a.label();
      Label more = a.label();
      a.cmp(COLUMNS, LANES * vectors);
      a.ja(more);
      a.jne(partial);
      body.emit(a, new Lanes(vectors, false));
      a.jmp(rowEnd);
      a.bind(partial);
      a.sub(COLUMNS, LANES * (vectors - 1));
      a.mov(RAX, -1L);
      a.bzhi(RAX, RAX, COLUMNS);
      a.kmovq(K1, RAX);
      body.emit(a, new Lanes(vectors, true));
      a.jmp(rowEnd);
      a.bind(more);
    }
  }

  private static void next(Assembler a, Field place, Field distance) {
    a.mov(RAX, place.in(FRAME));
    a.add(RAX, distance.in(FRAME));
    a.mov(place.in(FRAME), RAX);
  }
}
