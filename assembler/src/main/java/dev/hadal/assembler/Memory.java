package dev.hadal.assembler;

/** An operand in memory. */
public sealed interface Memory extends Location, RegisterOrMemory<Vector<?>>, MemoryDestination
    permits Address, LabelAddress {
  /** The operand some bytes further on. */
  Memory plus(int bytes);

  /** Its first element, of the instruction's element size, repeated over all lanes. */
  default Broadcast broadcast() {
    return new Broadcast(this);
  }

  /**
   * As a destination of which only the elements whose mask bit is 1 are written. The others are not
   * touched: they may lie in memory that does not exist.
   */
  default MaskedMemory merging(WriteMask mask) {
    return new MaskedMemory(this, mask);
  }
}
