package dev.hadal.assembler;

/**
 * One address for each lane, for gathers: base + index lane * scale + displacement.
 *
 * @param <V> width of the index vector
 * @param base the register that all addresses start from
 * @param index signed 32-bit numbers
 * @param scale what they are multiplied by
 * @param displacement bytes to add
 */
public record VectorAddress<V extends Vector<V>>(
    AddressBase base, V index, Scale scale, int displacement) implements Location {
  @Override
  public String toString() {
    return "["
        + base
        + "+"
        + index
        + "*"
        + scale.factor()
        + Address.hexadecimal(displacement)
        + "]";
  }
}
