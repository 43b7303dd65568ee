package dev.hadal.assembler;

import org.jspecify.annotations.Nullable;

/**
 * base + index * scale + displacement, in bytes.
 *
 * @param base the register that the address starts from
 * @param index a register to add, or none
 * @param scale what the index is multiplied by
 * @param displacement bytes to add
 */
public record Address(AddressBase base, @Nullable Register64 index, Scale scale, int displacement)
    implements Memory {
  @Override
  public Address plus(int bytes) {
    return new Address(base, index, scale, Math.addExact(displacement, bytes));
  }

  /** The address with an index in place of the one it has. */
  public Address plus(Register64 index, Scale scale) {
    return new Address(base, index, scale, displacement);
  }

  /** One address for each lane: an index vector of signed 32-bit numbers is added. */
  public <V extends Vector<V>> VectorAddress<V> plus(V index, Scale scale) {
    if (this.index != null) {
      throw new IllegalArgumentException("an address has one index, " + this + " has it already");
    }
    return new VectorAddress<>(base, index, scale, displacement);
  }

  @Override
  public String toString() {
    String scaled = index == null ? "" : "+" + index + "*" + scale.factor();
    return "[" + base + scaled + hexadecimal(displacement) + "]";
  }

  static String hexadecimal(int displacement) {
    long absolute = Math.abs((long) displacement);
    return displacement == 0
        ? ""
        : (displacement < 0 ? "-" : "+") + "0x" + Long.toHexString(absolute);
  }
}
