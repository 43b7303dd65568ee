package dev.hadal.assembler;

/**
 * A register written under a mask; made by {@link Vector#merging} and {@link Vector#zeroing}.
 *
 * @param <V> the register's width
 * @param register the register
 * @param mask bit i of it decides about lane i
 * @param zeroing whether the other lanes become zero; otherwise they keep what they hold
 */
public record MaskedVector<V extends Vector<V>>(V register, WriteMask mask, boolean zeroing)
    implements Destination<V> {
  @Override
  public String toString() {
    return register + "{" + mask + "}" + (zeroing ? "{z}" : "");
  }
}
