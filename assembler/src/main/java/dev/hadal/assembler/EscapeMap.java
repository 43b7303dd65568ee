package dev.hadal.assembler;

/**
 * The opcode map: which table the processor looks the opcode byte up in, by its old escape bytes.
 */
enum EscapeMap {
  M0F(1),
  M0F38(2),
  M0F3A(3);

  private final int code;

  EscapeMap(int code) {
    this.code = code;
  }

  /** The number that VEX and EVEX prefixes hold in place of the escape bytes. */
  int code() {
    return code;
  }
}
