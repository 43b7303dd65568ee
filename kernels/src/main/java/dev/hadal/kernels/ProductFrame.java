package dev.hadal.kernels;

import dev.hadal.assembler.Address;
import dev.hadal.assembler.Operands;
import dev.hadal.assembler.Register64;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What {@link ProductCode} is told about one tile: a table in memory, because the calling
 * convention passes six numbers in registers. Addresses and distances are in bytes. The code
 * overwrites some fields of products of groups; whoever calls sets all of a tile each time.
 */
final class ProductFrame {
  /** A field of the table. */
  enum Field {
    /** Address of the packed rows, [steps, rows] words. */
    LEFT(0),
    /** Address of the panel, [steps, 32] words. */
    RIGHT(8),
    /** Steps of the contraction: elements of FP32, pairs of BF16. */
    STEPS(16),
    /** Address of the sums to begin with. */
    FROM(24),
    /** From one row of them to the next; 0 repeats one row. */
    FROM_STRIDE(32),
    /** Address where the sums go. */
    TO(40),
    /** From one row to the next. */
    TO_STRIDE(48),
    /** A bit for each of the 32 columns that exist in FROM and TO. */
    COLUMNS(56),
    /** Of products of groups: address of the rows' scales, [groups, rows]. */
    LEFT_SCALES(64),
    /** Of products of groups: address of the columns' scales, [groups, 32]. */
    RIGHT_SCALES(72);

    private final int offset;

    Field(int offset) {
      this.offset = offset;
    }

    /** The field, for code that holds the table's address in a register. */
    Address in(Register64 frame) {
      return Operands.mem(frame, offset);
    }
  }

  /** Two cache lines: no two members write to the same one. */
  private static final long BYTES = 128;

  private final MemorySegment table;

  ProductFrame(Arena arena) {
    table = arena.allocate(BYTES, BYTES);
  }

  void set(Field field, long value) {
    table.set(ValueLayout.JAVA_LONG, field.offset, value);
  }

  long address() {
    return table.address();
  }
}
