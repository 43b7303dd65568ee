package dev.hadal.kernels;

import java.lang.foreign.MemorySegment;

/** The forms of one operand of generated attention, a block of 64 rows after the other. */
final class CausalOperand {
  private final NativeBuffer rows = new NativeBuffer();
  private final NativeBuffer across = new NativeBuffer();
  private final NativeBuffer pairs = new NativeBuffer();
  private MemorySegment allRows = MemorySegment.NULL;
  private MemorySegment allAcross = MemorySegment.NULL;
  private MemorySegment allPairs = MemorySegment.NULL;
  private long block;
  private long acrossBlock;
  private int row;

  /** Makes room. */
  void reserve(
      CausalLayout layout, int width, int blocks, boolean needsAcross, boolean needsPairs) {
    row = layout.row(width);
    block = layout.block(width);
    acrossBlock = layout.across(width);
    allRows = rows.of(blocks * block);
    allAcross = needsAcross ? across.of(blocks * acrossBlock) : MemorySegment.NULL;
    allPairs =
        !needsPairs ? MemorySegment.NULL : layout.paired() ? pairs.of(blocks * block) : allRows;
  }

  /** Zeroes the rows of a block from some row on. */
  void clear(int block, int from) {
    long start = block * this.block + (long) from * row;
    long end = (block + 1) * this.block;
    allRows.asSlice(start, end - start).fill((byte) 0);
  }

  /** Address of a block's rows. */
  long rows(int block) {
    return allRows.address() + block * this.block;
  }

  /** Address of a block across. */
  long across(int block) {
    return allAcross.address() + block * acrossBlock;
  }

  /** Address of a block's pairs. */
  long pairs(int block) {
    return allPairs.address() + block * this.block;
  }
}
