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
    SCALE,
    /** Queries as rows. */
    QUERIES,
    /** Keys across. */
    KEYS,
    /** Scores, then what becomes of them; {@link CausalBackwardCode} has more of it. */
    SCORES,
    /** Forward: state of the softmax; backward: log-sums, then deltas of the queries. */
    STATE,
    /** Forward: values as pairs. */
    VALUES,
    /** Forward: sums of the queries' values. */
    OUT,
    /** Backward: output gradients as rows. */
    DOUTS,
    /** Values across. */
    VALUES_ACROSS,
    /** Output gradients as pairs. */
    DOUT_PAIRS,
    /** Queries as pairs. */
    QUERY_PAIRS,
    /** Keys as pairs. */
    KEY_PAIRS,
    /** Sums for the values' gradients. */
    DVALUES,
    /** Sums for the keys' gradients. */
    DKEYS,
    /** Sums for the queries' gradients. */
    DQUERIES;

    /** The field, for code that holds the table's address in a register. */
    Address in(Register64 frame) {
      return Operands.mem(frame, offset());
    }

    private int offset() {
      return Long.BYTES * ordinal();
    }
  }

  /** Whole cache lines: no two members write to the same one. */
  private static final long LINE = 128;

  private final MemorySegment table = Arena.ofAuto().allocate(LINE, LINE);

  void set(Field field, long value) {
    table.set(ValueLayout.JAVA_LONG, field.offset(), value);
  }

  void set(Field field, float value) {
    table.set(ValueLayout.JAVA_FLOAT, field.offset(), value);
  }

  long address() {
    return table.address();
  }
}
