package dev.hadal.assembler;

/** A register that an address may start from: any general one, or the stack pointer. */
public sealed interface AddressBase permits Register64, StackPointer {
  /** The processor's number of it, 0 to 15. */
  int number();
}
