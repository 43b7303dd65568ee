package dev.hadal.assembler;

/**
 * What a conditional jump asks of the flags, in the order of the processor's codes. After {@code
 * cmp a, b} or {@code sub a, b} the names say how a stands to b: above and below compare unsigned,
 * greater and less signed numbers.
 */
public enum Condition {
  /** Signed overflow. */
  OVERFLOW("o", 0),
  /** No signed overflow. */
  NO_OVERFLOW("no", 1),
  /** Unsigned a &lt; b; a carry. */
  BELOW("b", 2),
  /** Unsigned a &gt;= b; no carry. */
  ABOVE_OR_EQUAL("ae", 3),
  /** Equal; the result is zero. */
  EQUAL("e", 4),
  /** Not equal; the result is not zero. */
  NOT_EQUAL("ne", 5),
  /** Unsigned a &lt;= b. */
  BELOW_OR_EQUAL("be", 6),
  /** Unsigned a &gt; b. */
  ABOVE("a", 7),
  /** The result is negative. */
  SIGN("s", 8),
  /** The result is not negative. */
  NO_SIGN("ns", 9),
  /** The low byte has an even number of ones. */
  PARITY("p", 10),
  /** The low byte has an odd number of ones. */
  NO_PARITY("np", 11),
  /** Signed a &lt; b. */
  LESS("l", 12),
  /** Signed a &gt;= b. */
  GREATER_OR_EQUAL("ge", 13),
  /** Signed a &lt;= b. */
  LESS_OR_EQUAL("le", 14),
  /** Signed a &gt; b. */
  GREATER("g", 15);

  private final String suffix;
  private final int code;

  Condition(String suffix, int code) {
    this.suffix = suffix;
    this.code = code;
  }

  int code() {
    return code;
  }

  /** What follows the j of the jump's name. */
  public String suffix() {
    return suffix;
  }
}
