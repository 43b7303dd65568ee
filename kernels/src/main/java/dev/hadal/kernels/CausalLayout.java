package dev.hadal.kernels;

/**
 * How generated attention lays out one head of a sequence, in blocks of 64 rows. All its products
 * are made of 32-bit words: an FP32 element or a BF16 pair. An operand has up to three forms:
 *
 * <ul>
 *   <li>rows: a row after the other, columns padded with zeros to a multiple of 16. A word holds
 *       neighbours of a row: a left operand that is contracted along its rows;
 *   <li>across: of each block a line for every word of a row, with that word of all 64 rows: a
 *       right operand that is contracted along its rows;
 *   <li>pairs: words of neighbours of a column, a line for every two rows: a right operand that is
 *       contracted along its columns. With FP32 the rows are this form already.
 * </ul>
 *
 * @param kind DENSE or BFLOAT
 * @param nope N of {@link CausalAttention}
 * @param rope R
 * @param value V
 */
record CausalLayout(OperandKind kind, int nope, int rope, int value) {
  /** Queries or keys of a block. */
  static final int BLOCK = ReferenceSoftmax.BLOCK;

  /** Lanes of a vector of words. */
  static final int LANES = 16;

  /** Bytes of a word. */
  static final int WORD = 4;

  /** Bytes of a vector. */
  static final int VECTOR = LANES * WORD;

  /** Bytes of a line of one word for each row of a block. */
  static final int LINE = BLOCK * WORD;

  static CausalLayout of(CausalAttention.Geometry geometry) {
    return new CausalLayout(
        geometry.bfloat16() ? OperandKind.BFLOAT : OperandKind.DENSE,
        geometry.nope(),
        geometry.rope(),
        geometry.value());
  }

  /** A width rounded up to whole vectors. */
  static int padded(int width) {
    return Math.ceilDiv(width, LANES) * LANES;
  }

  /** Elements of a query or key. */
  int key() {
    return nope + rope;
  }

  /** Whether pairs are a form of their own. */
  boolean paired() {
    return kind.elements() > 1;
  }

  /** Words of a row of so many elements that take part in a contraction. */
  int words(int width) {
    return Math.ceilDiv(width, kind.elements());
  }

  /** Words of 64 terms. */
  int blockWords() {
    return BLOCK / kind.elements();
  }

  /** Vectors of sums that are so many columns wide. */
  int vectors(int width) {
    return padded(width) / LANES;
  }

  /** Bytes of a row of operands. */
  int row(int width) {
    return padded(width) * kind.bytes();
  }

  /** Bytes of a row of sums, or of a line of pairs. */
  int line(int width) {
    return padded(width) * WORD;
  }

  /** Bytes of a block as rows or as pairs. */
  long block(int width) {
    return (long) BLOCK * row(width);
  }

  /** Bytes of a block across. */
  long across(int width) {
    return (long) words(width) * LINE;
  }

  /** Bytes of a block of sums. */
  long sums(int width) {
    return (long) BLOCK * line(width);
  }
}
