package dev.hadal.kernels;

/** What {@link GroupedCode} is told. */
final class GroupedFrame extends CodeFrame<GroupedFrame.Field> {
  /** The table's fields. */
  enum Field implements CodeFrame.Field {
    /** Address of the first panel; the others follow. */
    PANEL(0),
    /** How many panels. */
    PANELS(8),
    /** K. */
    DEPTH(16),
    /** Bytes of the numbers of a panel's last block, where it is shorter than the others. */
    LAST_HEAD(24),
    /** Address of the first row's codes, or of its pairs. */
    LEFT(32),
    /** From one row to the next, in bytes. */
    LEFT_ROW(40),
    /** Address of the rows' numbers, see {@link GroupedRowCode}. */
    NUMBERS(48),
    /** Address of the sums that wait, [rows, 16]: whole cache lines. */
    SUMS(56),
    /** Address of the first panel's results; those of the next panel follow. */
    TO(64),
    /** From one row to the next, in bytes. */
    TO_ROW(72);

    private final int offset;

    Field(int offset) {
      this.offset = offset;
    }

    @Override
    public int offset() {
      return offset;
    }
  }

  GroupedFrame() {
    super(128);
  }
}
