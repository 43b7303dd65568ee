package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.zmm;
import static dev.hadal.kernels.CausalLayout.BLOCK;
import static dev.hadal.kernels.CausalLayout.VECTOR;

import dev.hadal.assembler.Address;
import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.Label;
import dev.hadal.assembler.Register64;
import dev.hadal.assembler.Zmm;
import dev.hadal.kernels.CausalFrame.Field;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes products of blocks in cache into a kernel: C [64, columns] = or += A [64, steps] B [steps,
 * columns], each element one chain over the steps. A step is one word of each row of A and of each
 * column of B.
 *
 * <p>Columns are cut into panels of one to four vectors, and these into tiles, whose sums stay in
 * registers for all steps. A step of a tile loads the panel's vectors, then spreads one word of A
 * after the other. Four vectors by four rows take 8 loads for 16 multiplications, three by eight 11
 * for 24; the processor starts two a cycle of each, so loads are never what it waits for, and 16
 * chains hide the latency of a multiplication. Words of A may lie along its rows or along its
 * columns: both are distances that the code knows.
 *
 * <p>What a tile starts from and what becomes of its sums is the kernel's: multiplications of the
 * next tile run beside it, as the processor looks hundreds of instructions ahead.
 */
final class BlockCode {
  /** Address of the {@link CausalFrame}. */
  static final Register64 FRAME = Register64.RDI;

  /** Address of the tile's sums. */
  static final Register64 SUMS = Register64.RCX;

  /** Address of what the kernel keeps beside the rows. */
  static final Register64 BESIDE = Register64.RAX;

  /** Tiles that are not done, the present one included. */
  static final Register64 TILES = Register64.R8;

  /** Free between a tile's last step and the next one's first. */
  static final Register64 SPARE = Register64.R9;

  /** Free in the same way. */
  static final Register64 OTHER_SPARE = Register64.RDX;

  /** The first vector register that no tile of four rows uses. */
  static final int FREE = 22;

  private static final Register64 LEFT = Register64.RSI;
  private static final Register64 RIGHT = Register64.RDX;
  private static final Register64 STEPS = Register64.R9;
  private static final Register64 LEFT_TILE = Register64.R10;
  private static final Register64 PANEL = Register64.R11;

  private static final int UNROLLED = 4;
  private static final int WIDEST = 4;

  /**
   * Operand A.
   *
   * @param base where the first word's address is
   * @param offset bytes to add to it
   * @param row bytes from a row to the next
   * @param step bytes from a step to the next
   */
  record Left(Field base, int offset, int row, int step) {}

  /**
   * Operand B.
   *
   * @param base where the address of the first step's words is
   * @param step bytes from a step to the next
   */
  record Right(Field base, int step) {}

  /**
   * Where rows of sums, or of what the kernel makes of them, lie.
   *
   * @param base where the first one's address is
   * @param row bytes from a row to the next
   */
  record Rows(Field base, int row) {}

  /** A tile, its rows and vectors counted from 0. */
  record Tile(int rows, int vectors, int rowBytes) {
    /** The register of a sum. */
    Zmm sum(int row, int vector) {
      return zmm(vectors * row + vector);
    }

    /** The memory of a sum. */
    Address memory(int row, int vector) {
      return mem(SUMS, rowBytes * row + VECTOR * vector);
    }

    /** The rows of a tile of so many vectors. */
    static Tile of(int vectors, int rowBytes) {
      return new Tile(vectors == WIDEST ? 4 : 8, vectors, rowBytes);
    }
  }

  /** What a kernel does with a tile. */
  @FunctionalInterface
  interface Part {
    /** Writes the instructions. */
    void write(Tile tile);
  }

  private final Assembler a;
  private final OperandKind kind;

  BlockCode(Assembler a, OperandKind kind) {
    this.a = a;
    this.kind = kind;
  }

  /** Sums start as zero. */
  void zero(Tile tile) {
    for (int row = 0; row < tile.rows; row++) {
      for (int v = 0; v < tile.vectors; v++) {
        a.vpxord(tile.sum(row, v), tile.sum(row, v), tile.sum(row, v));
      }
    }
  }

  /** Sums go on from memory. */
  void load(Tile tile) {
    for (int row = 0; row < tile.rows; row++) {
      for (int v = 0; v < tile.vectors; v++) {
        a.vmovups(tile.sum(row, v), tile.memory(row, v));
      }
    }
  }

  /** Sums go to memory. */
  void store(Tile tile) {
    for (int row = 0; row < tile.rows; row++) {
      for (int v = 0; v < tile.vectors; v++) {
        a.vmovups(tile.memory(row, v), tile.sum(row, v));
      }
    }
  }

  /**
   * A product.
   *
   * @param beside what {@link #BESIDE} points to while it moves with the rows
   * @param steps of the contraction
   * @param vectors of the columns
   * @param start sets a tile's sums
   * @param finish uses them
   */
  void multiply(
      Left left,
      Right right,
      Rows sums,
      Rows beside,
      int steps,
      int vectors,
      Part start,
      Part finish) {
    int vector = 0;
    for (int width : panels(vectors)) {
      Tile tile = Tile.of(width, sums.row);
      address(LEFT_TILE, left.base, left.offset);
      address(PANEL, right.base, VECTOR * vector);
      address(SUMS, sums.base, VECTOR * vector);
      address(BESIDE, beside.base, 0);
      a.mov(TILES, (long) BLOCK / tile.rows);
      a.align(32);
      Label next = a.here();
      start.write(tile);
      a.mov(LEFT, LEFT_TILE);
      a.mov(RIGHT, PANEL);
      steps(tile, left, right, steps);
      finish.write(tile);
      a.add(LEFT_TILE, tile.rows * left.row);
      a.add(SUMS, tile.rows * sums.row);
      a.add(BESIDE, tile.rows * beside.row);
      a.sub(TILES, 1);
      a.jnz(next);
      vector += width;
    }
  }

  /** Panels of three vectors until those of four fill the rest. */
  private static List<Integer> panels(int vectors) {
    List<Integer> panels = new ArrayList<>();
    int rest = vectors;
    while (rest > 0) {
      int width = rest % WIDEST == 0 ? WIDEST : Math.min(rest, WIDEST - 1);
      panels.add(width);
      rest -= width;
    }
    return panels;
  }

  private void address(Register64 to, Field base, int offset) {
    a.mov(to, base.in(FRAME));
    if (offset > 0) {
      a.add(to, offset);
    }
  }

  private void steps(Tile tile, Left left, Right right, int steps) {
    int rounds = steps / UNROLLED;
    if (rounds > 0) {
      a.mov(STEPS, (long) rounds);
      a.align(32);
      Label round = a.here();
      for (int k = 0; k < UNROLLED; k++) {
        step(tile, left, right, k);
      }
      a.add(LEFT, UNROLLED * left.step);
      a.add(RIGHT, UNROLLED * right.step);
      a.sub(STEPS, 1);
      a.jnz(round);
    }
    for (int k = 0; k < steps % UNROLLED; k++) {
      step(tile, left, right, k);
    }
  }

  private void step(Tile tile, Left left, Right right, int k) {
    int sums = tile.rows * tile.vectors;
    for (int v = 0; v < tile.vectors; v++) {
      a.vmovups(zmm(sums + v), mem(RIGHT, right.step * k + VECTOR * v));
    }
    for (int row = 0; row < tile.rows; row++) {
      Zmm word = zmm(sums + tile.vectors + row % 2);
      a.vbroadcastss(word, mem(LEFT, left.row * row + left.step * k));
      for (int v = 0; v < tile.vectors; v++) {
        if (kind == OperandKind.DENSE) {
          a.vfmadd231ps(tile.sum(row, v), word, zmm(sums + v));
        } else {
          a.vdpbf16ps(tile.sum(row, v), word, zmm(sums + v));
        }
      }
    }
  }
}
