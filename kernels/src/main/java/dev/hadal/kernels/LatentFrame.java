package dev.hadal.kernels;

/**
 * What {@link LatentBlockCode} is told, a table in memory as {@link ProductFrame}. The code counts
 * vectors and addresses on.
 */
final class LatentFrame extends CodeFrame<LatentFrame.Field> {
  /** A field of the table. */
  enum Field implements CodeFrame.Field {
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

    @Override
    public int offset() {
      return offset;
    }
  }

  LatentFrame() {
    super(128);
  }
}
