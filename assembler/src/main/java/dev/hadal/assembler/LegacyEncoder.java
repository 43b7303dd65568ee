package dev.hadal.assembler;

/**
 * General instructions: an optional REX byte (0100 W R X B, not inverted), one or two opcode bytes,
 * ModRM.
 *
 * <p>Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2A, section
 * 2.2.1.
 */
final class LegacyEncoder {
  /** Escape byte of the second opcode map, as the upper byte of an opcode here. */
  private static final int TWO_BYTES = 0x0F00;

  private LegacyEncoder() {}

  /**
   * Writes an instruction up to its displacement.
   *
   * @param bytes operand size: 4 or 8
   * @param opcode one byte, or 0x0F and a second one
   * @param reg a register or the opcode's extension
   * @param following bytes of an immediate that the caller writes
   */
  static void encode(CodeBuffer code, int bytes, int opcode, int reg, RmOperand rm, int following) {
    putRex(code, bytes, reg >> 3 & 1, ModRm.index3(rm), ModRm.base3(rm));
    putOpcode(code, opcode);
    ModRm.write(code, reg, rm, 1, following);
  }

  /** Writes an instruction whose register is in the opcode's lower bits. */
  static void encode(CodeBuffer code, int bytes, int opcode, int register) {
    putRex(code, bytes, 0, 0, register >> 3);
    putOpcode(code, opcode | (register & 7));
  }

  private static void putRex(CodeBuffer code, int bytes, int reg, int index, int base) {
    int bits = (bytes == 8 ? 8 : 0) | reg << 2 | index << 1 | base;
    if (bits != 0) {
      code.putByte(0x40 | bits);
    }
  }

  private static void putOpcode(CodeBuffer code, int opcode) {
    if ((opcode & 0xFF00) == TWO_BYTES) {
      code.putByte(0x0F);
    }
    code.putByte(opcode);
  }
}
