package dev.hadal.assembler;

/**
 * The operands of a vector instruction as its encoding sees them.
 *
 * @param length of the vectors, in bytes
 * @param reg the register in ModRM's middle bits, or the opcode's extension
 * @param second the register that only VEX and EVEX can name; 0 if there is none
 * @param rm the register or memory
 * @param broadcast whether one element in memory is repeated over all lanes
 * @param mask the write mask's number; 0 for none
 * @param zeroing whether lanes outside the mask become zero
 * @param immediate the byte at the end; negative if there is none
 */
record VectorOperands(
    int length,
    int reg,
    int second,
    RmOperand rm,
    boolean broadcast,
    int mask,
    boolean zeroing,
    int immediate) {
  static final int NO_IMMEDIATE = -1;

  VectorOperands {
    if (immediate > 255) {
      throw new IllegalArgumentException("immediate: expected 0 to 255, found " + immediate);
    }
  }

  int immediateBytes() {
    return immediate < 0 ? 0 : 1;
  }
}
