package dev.hadal.assembler;

/**
 * Comparisons of floating-point numbers. Ordered ones are false where an operand is NaN, unordered
 * ones true. None raises an exception for quiet NaNs.
 */
public enum FloatComparison {
  /** a = b, ordered. */
  EQUAL(0x00),
  /** a &lt; b, ordered. */
  LESS(0x11),
  /** a &lt;= b, ordered. */
  LESS_OR_EQUAL(0x12),
  /** An operand is NaN. */
  UNORDERED(0x03),
  /** a != b, or an operand is NaN. */
  NOT_EQUAL(0x04),
  /** a &gt;= b, or an operand is NaN. */
  NOT_LESS(0x15),
  /** a &gt; b, or an operand is NaN. */
  NOT_LESS_OR_EQUAL(0x16),
  /** No operand is NaN. */
  ORDERED(0x07),
  /** a &gt;= b, ordered. */
  GREATER_OR_EQUAL(0x1D),
  /** a &gt; b, ordered. */
  GREATER(0x1E);

  private final int code;

  FloatComparison(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }
}
