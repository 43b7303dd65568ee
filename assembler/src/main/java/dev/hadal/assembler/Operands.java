package dev.hadal.assembler;

/** Short names for operands, to be imported statically. */
public final class Operands {
  private Operands() {}

  /** The 512-bit register of that number, 0 to 31. */
  public static Zmm zmm(int number) {
    return new Zmm(number);
  }

  /** The 256-bit register of that number, 0 to 31. */
  public static Ymm ymm(int number) {
    return new Ymm(number);
  }

  /** The 128-bit register of that number, 0 to 31. */
  public static Xmm xmm(int number) {
    return new Xmm(number);
  }

  /** The memory that a register points to. */
  public static Address mem(AddressBase base) {
    return new Address(base, null, Scale.BY_1, 0);
  }

  /** The memory that a register points to, some bytes further on. */
  public static Address mem(AddressBase base, int displacement) {
    return new Address(base, null, Scale.BY_1, displacement);
  }

  /** base + index * scale. */
  public static Address mem(AddressBase base, Register64 index, Scale scale) {
    return new Address(base, index, scale, 0);
  }

  /** A constant behind the code. */
  public static LabelAddress mem(Label label) {
    return new LabelAddress(label, 0);
  }
}
