package dev.hadal.assembler;

/**
 * A place in the code itself, for constants that lie behind it; reached relative to the instruction
 * pointer.
 *
 * @param label the place
 * @param offset bytes to add
 */
public record LabelAddress(Label label, int offset) implements Memory {
  @Override
  public LabelAddress plus(int bytes) {
    return new LabelAddress(label, Math.addExact(offset, bytes));
  }
}
