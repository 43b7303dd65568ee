package dev.hadal.assembler;

/**
 * A general register, as 64 or 32 bits. Writing the 32-bit form clears the upper half.
 *
 * @param <R> the register's own type
 */
public sealed interface GeneralRegister<R extends GeneralRegister<R>>
    permits Register32, Register64 {
  /** The processor's number of it, 0 to 15 without 4. */
  int number();

  /** Its width in bytes: 4 or 8. */
  int bytes();
}
