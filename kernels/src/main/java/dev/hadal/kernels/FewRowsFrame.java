package dev.hadal.kernels;

/**
 * What {@link FewRowsCode} is told: a table in memory, as {@link ProductFrame}. Addresses and
 * distances are in bytes. The code counts panels and addresses on; whoever calls sets all fields
 * each time.
 */
final class FewRowsFrame extends CodeFrame<FewRowsFrame.Field> {
  /** A field of the table. */
  enum Field implements CodeFrame.Field {
    /** How many panels, 1 or more. */
    PANELS(0),
    /** Address of the first row of A: FP32 elements or BF16 pairs, as they follow each other. */
    LEFT(8),
    /** From one row to the next. */
    LEFT_ROW(16),
    /** Address of the panels, one behind the other. */
    RIGHT(24),
    /** Words of a panel's column. */
    WORDS(40),
    /** Address of the sums to begin with. */
    FROM(48),
    /** From one row of them to the next; 0 repeats one row. */
    FROM_ROW(56),
    /** From one panel's sums to the next one's. */
    FROM_PANEL(64),
    /** Address where the sums go; those of the next panel follow. */
    TO(72),
    /** From one row to the next. */
    TO_ROW(80),
    /** A bit for each of the 32 columns that exist in FROM and TO. */
    COLUMNS(88),
    /** Of groups: address of the rows' scales, [groups, {@value FewRowsCode#MOST}]. */
    LEFT_SCALES(96),
    /** Of groups: address of the columns' scales, [panels, groups, 32]. */
    RIGHT_SCALES(104);

    private final int offset;

    Field(int offset) {
      this.offset = offset;
    }

    @Override
    public int offset() {
      return offset;
    }
  }

  FewRowsFrame() {
    super(128);
  }
}
