package dev.hadal.assembler;

/** The stack pointer: a base of addresses, never an index, and no place for values. */
public enum StackPointer implements AddressBase {
  /** The stack pointer. */
  RSP;

  @Override
  public int number() {
    return 4;
  }

  @Override
  public String toString() {
    return "rsp";
  }
}
