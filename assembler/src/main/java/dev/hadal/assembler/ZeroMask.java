package dev.hadal.assembler;

/**
 * The mask register that holds bits like the others but cannot guard a destination: in that place
 * of an instruction its number means "no mask".
 */
public enum ZeroMask implements Mask {
  /** The only one. */
  K0;

  @Override
  public int number() {
    return 0;
  }

  @Override
  public String toString() {
    return "k0";
  }
}
