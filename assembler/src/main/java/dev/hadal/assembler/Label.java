package dev.hadal.assembler;

/**
 * A place in the code of one {@link Assembler}: made by {@link Assembler#label} before the place is
 * known, or by {@link Assembler#here}.
 */
public final class Label {
  private static final int UNKNOWN = -1;

  private final CodeBuffer owner;
  private int position = UNKNOWN;

  Label(CodeBuffer owner) {
    this.owner = owner;
  }

  boolean belongsTo(CodeBuffer buffer) {
    return owner == buffer;
  }

  boolean isBound() {
    return position != UNKNOWN;
  }

  int position() {
    return position;
  }

  void bind(int at) {
    if (isBound()) {
      throw new AssemblerException("A label is bound twice: at byte " + position + " and " + at);
    }
    position = at;
  }
}
