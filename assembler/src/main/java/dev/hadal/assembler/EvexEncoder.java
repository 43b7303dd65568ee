package dev.hadal.assembler;

/**
 * The prefix of AVX-512, four bytes:
 *
 * <pre>
 *   0x62   R X B R' 0 m m m   W v v v v 1 p p   z L' L b V' a a a
 * </pre>
 *
 * R' R, X B and V' v v v v extend the three register fields to five bits, all inverted; mmm is the
 * opcode map, pp the mandatory prefix, W the element size, L'L the vector length, aaa the write
 * mask, z zeroing, b broadcast. Instead of an index X is bit 4 of a register in r/m. A one-byte
 * displacement counts in units of the memory operand's size.
 *
 * <p>Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2A, section 2.7.
 */
final class EvexEncoder {
  private EvexEncoder() {}

  static void encode(CodeBuffer code, Instruction row, VectorOperands operands) {
    int reg = operands.reg();
    int second = operands.second();
    RmOperand rm = operands.rm();
    int x = rm instanceof RmOperand.Direct direct ? direct.number() >> 4 & 1 : ModRm.index3(rm);
    int secondTop = (second >> 4 & 1) | ModRm.index4(rm);
    code.putByte(0x62);
    code.putByte(
        (~reg >> 3 & 1) << 7
            | (~x & 1) << 6
            | (~ModRm.base3(rm) & 1) << 5
            | (~reg >> 4 & 1) << 4
            | row.map().code());
    code.putByte(row.w().code() << 7 | (~second & 15) << 3 | 1 << 2 | row.prefix().code());
    code.putByte(
        (operands.zeroing() ? 1 << 7 : 0)
            | (operands.length() >> 5) << 5
            | (operands.broadcast() ? 1 << 4 : 0)
            | (~secondTop & 1) << 3
            | operands.mask());
    code.putByte(row.opcode());
    int unit = row.tuple().bytes(operands.length(), operands.broadcast());
    ModRm.write(code, reg, rm, unit, operands.immediateBytes());
    if (operands.immediateBytes() != 0) {
      code.putByte(operands.immediate());
    }
  }
}
