package dev.hadal.assembler;

/** The mask registers that can guard a destination. */
public enum WriteMask implements Mask {
  /** Mask register 1. */
  K1(1),
  /** Mask register 2. */
  K2(2),
  /** Mask register 3. */
  K3(3),
  /** Mask register 4. */
  K4(4),
  /** Mask register 5. */
  K5(5),
  /** Mask register 6. */
  K6(6),
  /** Mask register 7. */
  K7(7);

  private final int number;

  WriteMask(int number) {
    this.number = number;
  }

  @Override
  public int number() {
    return number;
  }

  @Override
  public String toString() {
    return "k" + number;
  }
}
