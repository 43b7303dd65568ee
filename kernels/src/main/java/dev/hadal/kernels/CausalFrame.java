package dev.hadal.kernels;

import dev.hadal.assembler.Address;
import dev.hadal.assembler.Operands;
import dev.hadal.assembler.Register64;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What {@link CausalForwardCode} and {@link CausalBackwardCode} are told about a pair of blocks: a
 * table of addresses in memory. The code changes nothing in it.
 */
final class CausalFrame {
  /** A field of the table. */
  enum Field {
    /** The softmax scale, FP32. */
    SCALE(0),
    /** Queries as rows. */
    QUERIES(8),
    /** Keys across. */
    KEYS(16),
    /** Scores, then what becomes of them; {@link CausalBackwardCode} has more of it. */
    SCORES(24),
    /** Forward: state of the softmax; backward: log-sums, then deltas of the queries. */
    STATE(32),
    /** Forward: values as pairs. */
    VALUES(40),
    /** Forward: sums of the queries' values. */
    OUT(48),
    /** Backward: output gradients as rows. */
    DOUTS(56),
    /** Values across. */
    VALUES_ACROSS(64),
    /** Output gradients as pairs. */
    DOUT_PAIRS(72),
    /** Queries as pairs. */
    QUERY_PAIRS(80),
    /** Keys as pairs. */
    KEY_PAIRS(88),
    /** Sums for the values' gradients. */
    DVALUES(96),
    /** Sums for the keys' gradients. */
    DKEYS(104),
    /** Sums for the queries' gradients. */
    DQUERIES(112);

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
  private static final long LINE = 128;

  private final MemorySegment table = Arena.ofAuto().allocate(LINE, LINE);

  void set(Field field, long value) {
    table.set(ValueLayout.JAVA_LONG, field.offset, value);
  }

  void set(Field field, float value) {
    table.set(ValueLayout.JAVA_FLOAT, field.offset, value);
  }

  long address() {
    return table.address();
  }
}
