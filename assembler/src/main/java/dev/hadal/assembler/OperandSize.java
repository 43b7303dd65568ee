package dev.hadal.assembler;

/** The W bit: most often it says whether elements have 64 bits. */
enum OperandSize {
  W0(0),
  W1(1);

  private final int code;

  OperandSize(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }
}
