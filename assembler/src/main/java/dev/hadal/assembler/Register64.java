package dev.hadal.assembler;

import java.util.Locale;

/**
 * The general registers as 64 bits, without the stack pointer. By the System V convention a
 * function may change RAX, RCX, RDX, RSI, RDI and R8 to R11; the others must be saved and restored.
 */
public enum Register64 implements GeneralRegister<Register64>, AddressBase {
  /** Register 0. */
  RAX(0),
  /** Register 1. */
  RCX(1),
  /** Register 2. */
  RDX(2),
  /** Register 3. */
  RBX(3),
  /** Register 5. */
  RBP(5),
  /** Register 6. */
  RSI(6),
  /** Register 7. */
  RDI(7),
  /** Register 8. */
  R8(8),
  /** Register 9. */
  R9(9),
  /** Register 10. */
  R10(10),
  /** Register 11. */
  R11(11),
  /** Register 12. */
  R12(12),
  /** Register 13. */
  R13(13),
  /** Register 14. */
  R14(14),
  /** Register 15. */
  R15(15);

  private final int number;

  Register64(int number) {
    this.number = number;
  }

  @Override
  public int number() {
    return number;
  }

  @Override
  public int bytes() {
    return 8;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
