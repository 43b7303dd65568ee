package dev.hadal.kernels;

/**
 * What {@link CausalForwardCode} and {@link CausalBackwardCode} are told about a pair of blocks: a
 * table of addresses in memory. The code changes nothing in it.
 */
final class CausalFrame extends CodeFrame<CausalFrame.Field> {
  /** A field of the table. */
  enum Field implements CodeFrame.Field {
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

    @Override
    public int offset() {
      return offset;
    }
  }

  CausalFrame() {
    super(128);
  }
}
