package dev.hadal.kernels;

/**
 * How {@link LatentBlockCode} lays out what it works on. A column is one query's head; sixteen
 * columns are the lanes of a vector.
 *
 * @param kind DENSE: FP32 throughout; BFLOAT: cache, queries and probabilities are BF16
 * @param latent C, elements of a value
 * @param rope R; a cached row has C + R elements, the key
 */
record LatentLayout(OperandKind kind, int latent, int rope) {
  /** Columns of a vector. */
  static final int LANES = 16;

  /** Bytes of a vector. */
  static final int VECTOR = 64;

  /** Columns whose sums are in registers together. */
  static final int TILE = 8;

  /** Bytes of a vector's state: maxima, sums, and the factors by which earlier sums shrink. */
  static final int STATE = 3 * VECTOR;

  /** Where the sums lie in a state. */
  static final int SUM = VECTOR;

  /** Where the factors lie in a state. */
  static final int SHRINK = 2 * VECTOR;

  /** Bytes of the scores of a block and sixteen columns. */
  static final int SCORES = LatentAttention.BLOCK * VECTOR;

  /** Checks the sizes. */
  LatentLayout {
    if (kind == OperandKind.TILED || latent < 1 || rope < 0) {
      throw new IllegalArgumentException("latent attention: " + kind + ", " + latent + ", " + rope);
    }
  }

  /** Elements of a cached row. */
  int width() {
    return latent + rope;
  }

  /** Bytes of a cached row. */
  int rowBytes() {
    return width() * kind.bytes();
  }

  /** Whole steps of the contraction over a key: elements, or pairs. */
  int wholeSteps() {
    return width() / kind.elements();
  }

  /** Whether a pair is left of which one element is missing. */
  boolean odd() {
    return width() % kind.elements() != 0;
  }

  /** Bytes of the queries of sixteen columns, [steps, 16] words. */
  int queryBytes() {
    return VECTOR * (wholeSteps() + (odd() ? 1 : 0));
  }

  /** Values that are taken at once: two vectors. */
  static int chunk() {
    return 2 * LANES;
  }

  /** Bytes of a column's output. */
  int outRow() {
    return (latent + chunk() - 1) / chunk() * chunk() * Float.BYTES;
  }
}
