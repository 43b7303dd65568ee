package dev.hadal.assembler;

/** What an index is multiplied by in an address. */
public enum Scale {
  /** Index itself. */
  BY_1(0),
  /** For 16-bit elements. */
  BY_2(1),
  /** For 32-bit elements. */
  BY_4(2),
  /** For 64-bit elements. */
  BY_8(3);

  private final int code;

  Scale(int code) {
    this.code = code;
  }

  /** The processor's number of it: the factor's logarithm. */
  int code() {
    return code;
  }

  /** The factor: 1, 2, 4 or 8. */
  public int factor() {
    return 1 << code;
  }
}
