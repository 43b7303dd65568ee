package dev.hadal.assembler;

/** Labels and jumps. A jump back over at most 128 bytes takes two bytes, any other five or six. */
sealed interface FlowInstructions extends Emitter permits Assembler {
  /** A place that is not known yet; {@link #bind} it later. */
  default Label label() {
    return new Label(buffer());
  }

  /** The place that the code has reached. */
  default Label here() {
    Label label = label();
    bind(label);
    return label;
  }

  /** Says that a label means the place that the code has reached. */
  default void bind(Label label) {
    buffer().requireOwn(label).bind(buffer().size());
  }

  /** Goes on at the label. */
  default void jmp(Label target) {
    if (isNear(target)) {
      putNear(0xEB, target);
    } else {
      buffer().putByte(0xE9);
      buffer().putDistance(target, 0, 0);
    }
  }

  /** Goes on at the label if the condition holds. */
  default void jump(Condition condition, Label target) {
    if (isNear(target)) {
      putNear(0x70 | condition.code(), target);
    } else {
      buffer().putByte(0x0F);
      buffer().putByte(0x80 | condition.code());
      buffer().putDistance(target, 0, 0);
    }
  }

  /** Jumps if the numbers compared are equal. */
  default void je(Label target) {
    jump(Condition.EQUAL, target);
  }

  /** Jumps if the numbers compared differ. */
  default void jne(Label target) {
    jump(Condition.NOT_EQUAL, target);
  }

  /** Jumps if the result is zero. */
  default void jz(Label target) {
    jump(Condition.EQUAL, target);
  }

  /** Jumps if the result is not zero. */
  default void jnz(Label target) {
    jump(Condition.NOT_EQUAL, target);
  }

  /** Jumps if unsigned a &gt; b. */
  default void ja(Label target) {
    jump(Condition.ABOVE, target);
  }

  /** Jumps if unsigned a &gt;= b. */
  default void jae(Label target) {
    jump(Condition.ABOVE_OR_EQUAL, target);
  }

  /** Jumps if unsigned a &lt; b. */
  default void jb(Label target) {
    jump(Condition.BELOW, target);
  }

  /** Jumps if unsigned a &lt;= b. */
  default void jbe(Label target) {
    jump(Condition.BELOW_OR_EQUAL, target);
  }

  /** Jumps if signed a &gt; b. */
  default void jg(Label target) {
    jump(Condition.GREATER, target);
  }

  /** Jumps if signed a &gt;= b. */
  default void jge(Label target) {
    jump(Condition.GREATER_OR_EQUAL, target);
  }

  /** Jumps if signed a &lt; b. */
  default void jl(Label target) {
    jump(Condition.LESS, target);
  }

  /** Jumps if signed a &lt;= b. */
  default void jle(Label target) {
    jump(Condition.LESS_OR_EQUAL, target);
  }

  /** Returns to the caller; after vector code {@code vzeroupper} goes before it. */
  default void ret() {
    buffer().putByte(0xC3);
  }

  /**
   * Clears the upper parts of vector registers 0 to 15, without which older code, the JVM's
   * included, would run slowly.
   */
  default void vzeroupper() {
    require(CpuFeature.AVX);
    buffer().putByte(0xC5);
    buffer().putByte(0xF8);
    buffer().putByte(0x77);
  }

  private boolean isNear(Label target) {
    return buffer().requireOwn(target).isBound()
        && target.position() - (buffer().size() + 2) >= Byte.MIN_VALUE;
  }

  private void putNear(int opcode, Label target) {
    int distance = target.position() - (buffer().size() + 2);
    buffer().putByte(opcode);
    buffer().putByte(distance);
  }
}
