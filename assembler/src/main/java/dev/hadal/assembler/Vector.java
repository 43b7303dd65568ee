package dev.hadal.assembler;

/**
 * A vector register. The type argument is the register's own type, which is how instructions ask
 * for operands of one width.
 *
 * @param <V> {@link Xmm}, {@link Ymm} or {@link Zmm}
 */
public sealed interface Vector<V extends Vector<V>> extends RegisterOrMemory<V>, Destination<V>
    permits Xmm, Ymm, Zmm {
  /** Which one, 0 to 31. */
  int number();

  /** Its width in bytes: 16, 32 or 64. */
  int bytes();

  /** As a destination of which only the lanes whose mask bit is 1 change. */
  default MaskedVector<V> merging(WriteMask mask) {
    return new MaskedVector<>(register(), mask, false);
  }

  /** As a destination of which the lanes whose mask bit is 0 become zero. */
  default MaskedVector<V> zeroing(WriteMask mask) {
    return new MaskedVector<>(register(), mask, true);
  }
}
