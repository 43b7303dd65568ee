package dev.hadal.kernels;

/**
 * What {@link ProductCode} is told about tiles: a table in memory, because the calling convention
 * passes six numbers in registers. Addresses and distances are in bytes. The code counts tiles and
 * addresses on; whoever calls sets all fields each time.
 */
final class ProductFrame extends CodeFrame<ProductFrame.Field> {
  /** A field of the table. */
  enum Field implements CodeFrame.Field {
    /** How many tiles, 1 or more. */
    TILES(0),
    /** Address of the packed rows of the first tile, [steps, rows] words. */
    LEFT(8),
    /** From one tile to the next. */
    LEFT_TILE(16),
    /** Address of the panel, [steps, 32] words. */
    RIGHT(24),
    /** Steps of the contraction: elements of FP32, pairs of BF16. */
    STEPS(32),
    /** Address of the sums to begin with. */
    FROM(40),
    /** From one row of them to the next; 0 repeats one row. */
    FROM_STRIDE(48),
    /** From one tile to the next. */
    FROM_TILE(56),
    /** Address where the sums go. */
    TO(64),
    /** From one row to the next. */
    TO_STRIDE(72),
    /** From one tile to the next. */
    TO_TILE(80),
    /** A bit for each of the 32 columns that exist in FROM and TO. */
    COLUMNS(88),
    /** Of products of groups: address of the rows' scales, [groups, rows]. */
    LEFT_SCALES(96),
    /** From one tile to the next. */
    LEFT_SCALES_TILE(104),
    /** Of products of groups: address of the columns' scales, [groups, 32]. */
    RIGHT_SCALES(112),
    /** Where the code keeps FROM of a tile's next group. */
    GROUP_FROM(120),
    /** Where it keeps the distance of rows there. */
    GROUP_FROM_STRIDE(128),
    /** Where it keeps the next group's scales of the rows. */
    GROUP_LEFT_SCALES(136),
    /** Where it keeps the next group's scales of the columns. */
    GROUP_RIGHT_SCALES(144);

    private final int offset;

    Field(int offset) {
      this.offset = offset;
    }

    @Override
    public int offset() {
      return offset;
    }
  }

  ProductFrame() {
    super(256);
  }
}
