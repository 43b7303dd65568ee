package dev.hadal.assembler;

/** What the ModRM byte names: a register or a place in memory. */
sealed interface RmOperand permits RmOperand.Direct, Location {
  /**
   * A register.
   *
   * @param number 0 to 31
   */
  record Direct(int number) implements RmOperand {}

  /** A vector register or memory as the r/m operand. */
  static RmOperand of(RegisterOrMemory<?> operand) {
    return switch (operand) {
      case Vector<?> register -> new Direct(register.number());
      case Memory memory -> memory;
    };
  }
}
