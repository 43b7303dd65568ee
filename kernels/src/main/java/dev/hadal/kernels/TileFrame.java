package dev.hadal.kernels;

import dev.hadal.assembler.Address;
import dev.hadal.assembler.Operands;
import dev.hadal.assembler.Register64;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What {@link TileLoop} is told: a table in memory. Addresses and distances are in bytes. The code
 * counts rows and addresses on; whoever calls sets all fields that the code reads each time.
 */
final class TileFrame {
  /** A field of the table. */
  enum Field {
    /** How many rows, 1 or more. */
    ROWS(0),
    /** Columns of a row. */
    COLUMNS(8),
    /** Address of the first element that is read. */
    SOURCE(16),
    /** From one row to the next. */
    SOURCE_ROW(24),
    /** Address of their first scale. */
    SOURCE_SCALES(32),
    /** From one row to the next. */
    SOURCE_SCALES_ROW(40),
    /** Address where the first result goes. */
    TARGET(48),
    /** From one row to the next. */
    TARGET_ROW(56),
    /** Address where the first scale goes. */
    TARGET_SCALES(64),
    /** From one row to the next. */
    TARGET_SCALES_ROW(72),
    /** Address of 32 bits for each column, the same for all rows. */
    STATE(80);

    private final int offset;

    Field(int offset) {
      this.offset = offset;
    }

    /** The field, for code that holds the table's address in a register. */
    Address in(Register64 frame) {
      return Operands.mem(frame, offset);
    }
  }

  /** Whole cache lines: no two members write to the same one. */
  private static final long BYTES = 128;

  private final MemorySegment table = Arena.ofAuto().allocate(BYTES, BYTES);

  /** Sets how much there is. */
  TileFrame size(long rows, long columns) {
    return set(Field.ROWS, rows).set(Field.COLUMNS, columns);
  }

  /** Sets where the elements come from. */
  TileFrame source(long address, long rowBytes) {
    return set(Field.SOURCE, address).set(Field.SOURCE_ROW, rowBytes);
  }

  /** Sets where their scales are. */
  TileFrame sourceScales(long address, long rowBytes) {
    return set(Field.SOURCE_SCALES, address).set(Field.SOURCE_SCALES_ROW, rowBytes);
  }

  /** Sets where results go. */
  TileFrame target(long address, long rowBytes) {
    return set(Field.TARGET, address).set(Field.TARGET_ROW, rowBytes);
  }

  /** Sets where their scales go. */
  TileFrame targetScales(long address, long rowBytes) {
    return set(Field.TARGET_SCALES, address).set(Field.TARGET_SCALES_ROW, rowBytes);
  }

  /** Sets where the columns' numbers are. */
  TileFrame state(long address) {
    return set(Field.STATE, address);
  }

  private TileFrame set(Field field, long value) {
    table.set(ValueLayout.JAVA_LONG, field.offset, value);
    return this;
  }

  long address() {
    return table.address();
  }
}
