package dev.hadal.assembler;

/**
 * A vector register that an instruction writes, whole or under a mask.
 *
 * @param <V> the register's width
 */
public sealed interface Destination<V extends Vector<V>> permits Vector, MaskedVector {
  /** The register. */
  V register();
}
