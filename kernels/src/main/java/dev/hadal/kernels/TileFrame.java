package dev.hadal.kernels;

/**
 * What {@link TileLoop} is told: a table in memory. Addresses and distances are in bytes. The code
 * counts rows and addresses on; whoever calls sets all fields that the code reads each time.
 */
final class TileFrame extends CodeFrame<TileFrame.Field> {
  /** A field of the table. */
  enum Field implements CodeFrame.Field {
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

    @Override
    public int offset() {
      return offset;
    }
  }

  TileFrame() {
    super(128);
  }

  /** Sets how much there is. */
  TileFrame size(long rows, long columns) {
    set(Field.ROWS, rows);
    set(Field.COLUMNS, columns);
    return this;
  }

  /** Sets where the elements come from. */
  TileFrame source(long address, long rowBytes) {
    set(Field.SOURCE, address);
    set(Field.SOURCE_ROW, rowBytes);
    return this;
  }

  /** Sets where their scales are. */
  TileFrame sourceScales(long address, long rowBytes) {
    set(Field.SOURCE_SCALES, address);
    set(Field.SOURCE_SCALES_ROW, rowBytes);
    return this;
  }

  /** Sets where results go. */
  TileFrame target(long address, long rowBytes) {
    set(Field.TARGET, address);
    set(Field.TARGET_ROW, rowBytes);
    return this;
  }

  /** Sets where their scales go. */
  TileFrame targetScales(long address, long rowBytes) {
    set(Field.TARGET_SCALES, address);
    set(Field.TARGET_SCALES_ROW, rowBytes);
    return this;
  }

  /** Sets where the columns' numbers are. */
  TileFrame state(long address) {
    set(Field.STATE, address);
    return this;
  }
}
