package dev.hadal.assembler;

/** The prefix byte that is part of the opcode; VEX and EVEX hold two bits in its place. */
enum MandatoryPrefix {
  NONE(0),
  P66(1),
  F3(2),
  F2(3);

  private final int code;

  MandatoryPrefix(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }
}
