package dev.hadal.kernels;

import dev.hadal.assembler.Address;
import dev.hadal.assembler.Operands;
import dev.hadal.assembler.Register64;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What {@link LatentBlockCode} is told, a table in memory as {@link ProductFrame}. The code counts
 * vectors and addresses on.
 */
final class LatentFrame {
  /** A field of the table. */
  enum Field {
    /** Sixteen columns each, 1 or more. */
    VECTORS(0),
    /** Address of the queries, for each vector as {@link LatentLayout} says. */
    QUERIES(8),
    /** Address of the block, 64 cached rows. */
    BLOCK(16),
    /** Address of the block that will be wanted next. */
    NEXT(24),
    /** Address of scratch for scores. */
    SCORES(32),
    /** Address of the first vector's state. */
    STATE(40),
    /** Address of the first column's output. */
    OUT(48),
    /** Address of the last key that each column may see. */
    LIMITS(56),
    /** The scale of scores, FP32. */
    SCALE(64),
    /** Of a merge: address of the other state. */
    OTHER_STATE(72),
    /** Of a merge: address of the other output. */
    OTHER_OUT(80);

    private final int offset;

    Field(int offset) {
      this.offset = offset;
    }

    /** The field, for code that holds the table's address in a register. */
    Address in(Register64 frame) {
      return Operands.mem(frame, offset);
    }
  }

  private static final long BYTES = 128;

  private final MemorySegment table;

  LatentFrame(Arena arena) {
    table = arena.allocate(BYTES, BYTES);
  }

  void set(Field field, long value) {
    table.set(ValueLayout.JAVA_LONG, field.offset, value);
  }

  long address() {
    return table.address();
  }
}
