package dev.hadal.assembler;

import org.jspecify.annotations.Nullable;

/**
 * The bytes behind the opcode that name the operands: ModRM, for addresses with an index SIB, and
 * the displacement. Registers have more bits than fit; the rest is in the prefix, see {@link
 * #base3}, {@link #index3} and {@link #index4}.
 */
final class ModRm {
  private static final int SIB_FOLLOWS = 4;
  private static final int NO_INDEX = 4;
  private static final int NO_BASE = 5;

  private ModRm() {}

  /** Bit 3 of the register or base: the prefix's B. */
  static int base3(RmOperand rm) {
    return number(rm) >> 3 & 1;
  }

  /** Bit 3 of the index: the prefix's X. */
  static int index3(RmOperand rm) {
    return index(rm) >> 3 & 1;
  }

  /** Bit 4 of a vector register as index. */
  static int index4(RmOperand rm) {
    return index(rm) >> 4 & 1;
  }

  private static int number(RmOperand rm) {
    return switch (rm) {
      case RmOperand.Direct direct -> direct.number();
      case Address address -> address.base().number();
      case VectorAddress<?> address -> address.base().number();
      case LabelAddress _ -> 0;
    };
  }

  private static int index(RmOperand rm) {
    return switch (rm) {
      case RmOperand.Direct _ -> 0;
      case Address address -> address.index() == null ? 0 : address.index().number();
      case VectorAddress<?> address -> address.index().number();
      case LabelAddress _ -> 0;
    };
  }

  /**
   * Writes them.
   *
   * @param reg the other operand that ModRM holds; only its lower 3 bits go here
   * @param unit what a one-byte displacement is multiplied by: 1, or under EVEX the bytes that the
   *     instruction reads or writes
   * @param following bytes of the instruction after the displacement
   */
  static void write(CodeBuffer code, int reg, RmOperand rm, int unit, int following) {
    switch (rm) {
      case RmOperand.Direct direct -> putModRm(code, 3, reg, direct.number());
      case LabelAddress address -> {
        putModRm(code, 0, reg, NO_BASE);
        code.putDistance(address.label(), following, address.offset());
      }
      case Address address ->
          write(
              code,
              reg,
              address.base(),
              address.index() == null ? null : address.index().number(),
              address.scale(),
              address.displacement(),
              unit);
      case VectorAddress<?> address ->
          write(
              code,
              reg,
              address.base(),
              address.index().number(),
              address.scale(),
              address.displacement(),
              unit);
    }
  }

  private static void write(
      CodeBuffer code,
      int reg,
      AddressBase base,
      @Nullable Integer index,
      Scale scale,
      int displacement,
      int unit) {
    boolean oneByte =
        displacement % unit == 0 && displacement / unit == (byte) (displacement / unit);
    // The lower bits of RBP and R13 mean "no base" where there is no displacement.
    boolean none = displacement == 0 && (base.number() & 7) != NO_BASE;
    int mod = none ? 0 : oneByte ? 1 : 2;
    // Those of RSP and R12 mean "SIB follows", so these two need one.
    if (index != null || (base.number() & 7) == SIB_FOLLOWS) {
      putModRm(code, mod, reg, SIB_FOLLOWS);
      putModRm(code, scale.code(), index == null ? NO_INDEX : index, base.number());
    } else {
      putModRm(code, mod, reg, base.number());
    }
    switch (mod) {
      case 1 -> code.putByte(displacement / unit);
      case 2 -> code.putInt(displacement);
      default -> {}
    }
  }

  /** Both ModRM and SIB are 2, 3 and 3 bits. */
  private static void putModRm(CodeBuffer code, int top, int middle, int low) {
    code.putByte(top << 6 | (middle & 7) << 3 | (low & 7));
  }
}
