package dev.hadal.assembler;

import java.util.Locale;

/**
 * The lower 32 bits of the general registers, without the stack pointer's. Writing one clears the
 * upper 32 bits of the whole register.
 */
public enum Register32 implements GeneralRegister<Register32> {
  /** Register 0. */
  EAX(0),
  /** Register 1. */
  ECX(1),
  /** Register 2. */
  EDX(2),
  /** Register 3. */
  EBX(3),
  /** Register 5. */
  EBP(5),
  /** Register 6. */
  ESI(6),
  /** Register 7. */
  EDI(7),
  /** Register 8. */
  R8D(8),
  /** Register 9. */
  R9D(9),
  /** Register 10. */
  R10D(10),
  /** Register 11. */
  R11D(11),
  /** Register 12. */
  R12D(12),
  /** Register 13. */
  R13D(13),
  /** Register 14. */
  R14D(14),
  /** Register 15. */
  R15D(15);

  private final int number;

  Register32(int number) {
    this.number = number;
  }

  @Override
  public int number() {
    return number;
  }

  @Override
  public int bytes() {
    return 4;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
