package dev.hadal.kernels;

/** What {@link InterleaveCode} is told: a table in memory. Addresses and distances in bytes. */
final class InterleaveFrame extends CodeFrame<InterleaveFrame.Field> {
  /** A field of the table. */
  enum Field implements CodeFrame.Field {
    /** Address of the first row's first column. */
    FROM(0),
    /** From one row to the next. */
    FROM_ROW(8),
    /** From the first column of a tile to that of the next. */
    FROM_TILE(16),
    /** Address of the first tile's first word. */
    TO(24),
    /** From one row of words to the next. */
    TO_WORD(32),
    /** From the first to the second vector of pairs of a row of words. */
    TO_STEP(40),
    /** From where the last vector of a row of words goes to the first one of the next tile. */
    TO_TILE(48),
    /** Rows of words that are whole. */
    WORDS(56),
    /** Rows of the last word, if it is not whole, else 0. */
    REST_ROWS(64),
    /** Tiles, 1 or more. */
    TILES(72),
    /** A bit for each column of a tile that exists. */
    COLUMNS(80);

    private final int offset;

    Field(int offset) {
      this.offset = offset;
    }

    @Override
    public int offset() {
      return offset;
    }
  }

  InterleaveFrame() {
    super(128);
  }
}
