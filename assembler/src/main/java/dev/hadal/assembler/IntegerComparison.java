package dev.hadal.assembler;

/** The comparisons of {@code vpcmp…}, in the order of the processor's codes. */
public enum IntegerComparison {
  /** a = b. */
  EQUAL(0),
  /** a &lt; b. */
  LESS(1),
  /** a &lt;= b. */
  LESS_OR_EQUAL(2),
  /** Never. */
  FALSE(3),
  /** a != b. */
  NOT_EQUAL(4),
  /** a &gt;= b. */
  NOT_LESS(5),
  /** a &gt; b. */
  NOT_LESS_OR_EQUAL(6),
  /** Always. */
  TRUE(7);

  private final int code;

  IntegerComparison(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }
}
