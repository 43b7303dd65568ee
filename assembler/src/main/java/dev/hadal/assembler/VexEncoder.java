package dev.hadal.assembler;

/**
 * The prefix of AVX, two or three bytes:
 *
 * <pre>
 *   0xC5   R v v v v L p p
 *   0xC4   R X B m m m m m   W v v v v L p p
 * </pre>
 *
 * with the fields of {@link EvexEncoder}, but for registers 0 to 15 and vectors up to 256 bits. The
 * short form means X = B = 0, map 0F and W = 0.
 *
 * <p>Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2A, section 2.3.
 */
final class VexEncoder {
  private VexEncoder() {}

  /** Whether VEX has the instruction and can name these operands. */
  static boolean fits(Instruction row, VectorOperands operands) {
    return row.vexFeature() != null
        && operands.mask() == 0
        && !operands.broadcast()
        && operands.length() < 64
        && operands.reg() < 16
        && operands.second() < 16
        && switch (operands.rm()) {
          case RmOperand.Direct direct -> direct.number() < 16;
          // Shifts by an immediate read memory under EVEX only.
          case Location _ -> row.extension() < 0;
        };
  }

  static void encode(CodeBuffer code, Instruction row, VectorOperands operands) {
    putPrefix(
        code,
        row.map(),
        row.prefix(),
        row.w(),
        operands.length() >> 5,
        operands.reg(),
        operands.second(),
        operands.rm());
    code.putByte(row.opcode());
    ModRm.write(code, operands.reg(), operands.rm(), 1, operands.immediateBytes());
    if (operands.immediateBytes() != 0) {
      code.putByte(operands.immediate());
    }
  }

  static void putPrefix(
      CodeBuffer code,
      EscapeMap map,
      MandatoryPrefix prefix,
      OperandSize w,
      int length,
      int reg,
      int second,
      RmOperand rm) {
    int base = ModRm.base3(rm);
    int index = ModRm.index3(rm);
    int r = (~reg >> 3 & 1) << 7;
    int last = (~second & 15) << 3 | length << 2 | prefix.code();
    if (base == 0 && index == 0 && map == EscapeMap.M0F && w == OperandSize.W0) {
      code.putByte(0xC5);
      code.putByte(r | last);
    } else {
      code.putByte(0xC4);
      code.putByte(r | (~index & 1) << 6 | (~base & 1) << 5 | map.code());
      code.putByte(w.code() << 7 | last);
    }
  }
}
