package dev.hadal.assembler;

import static dev.hadal.assembler.EscapeMap.M0F38;

/**
 * Integer arithmetic and moves on general registers, for loop counters and addresses. Nearly all
 * change the flags; {@code mov}, {@code lea}, {@code cmov} and the BMI2 instructions do not.
 */
sealed interface GeneralInstructions extends Emitter permits Assembler {

  /** d = s. */
  default <R extends GeneralRegister<R>> void mov(R d, R s) {
    encode(0x8B, d, s);
  }

  /** d = value, in the shortest encoding. */
  default void mov(Register64 d, long value) {
    if (value == (value & 0xFFFF_FFFFL)) {
      putImmediate(4, d.number(), (int) value);
    } else if (value == (int) value) {
      LegacyEncoder.encode(buffer(), 8, 0xC7, 0, direct(d.number()), 4);
      buffer().putInt((int) value);
    } else {
      LegacyEncoder.encode(buffer(), 8, 0xB8, d.number());
      buffer().putLong(value);
    }
  }

  /** d = value. */
  default void mov(Register32 d, int value) {
    putImmediate(4, d.number(), value);
  }

  /** Loads. */
  default void mov(GeneralRegister<?> d, Memory s) {
    encode(0x8B, d, s);
  }

  /** Stores. */
  default void mov(Memory d, GeneralRegister<?> s) {
    encode(0x89, s, d);
  }

  /** d = the address, not what is there. */
  default void lea(Register64 d, Memory s) {
    encode(0x8D, d, s);
  }

  /** d = s if the condition holds. */
  default <R extends GeneralRegister<R>> void cmov(Condition condition, R d, R s) {
    encode(0x0F40 | condition.code(), d, s);
  }

  /** d += s. */
  default <R extends GeneralRegister<R>> void add(R d, R s) {
    encode(0x03, d, s);
  }

  /** d += value. */
  default void add(GeneralRegister<?> d, int value) {
    encodeImmediate(0, d.bytes(), d.number(), value);
  }

  /** d += s. */
  default void add(GeneralRegister<?> d, Memory s) {
    encode(0x03, d, s);
  }

  /** Gives stack memory back. */
  default void add(StackPointer d, int bytes) {
    encodeImmediate(0, 8, d.number(), bytes);
  }

  /** d -= s. */
  default <R extends GeneralRegister<R>> void sub(R d, R s) {
    encode(0x2B, d, s);
  }

  /** d -= value. */
  default void sub(GeneralRegister<?> d, int value) {
    encodeImmediate(5, d.bytes(), d.number(), value);
  }

  /** Takes stack memory, which then begins at the stack pointer. */
  default void sub(StackPointer d, int bytes) {
    encodeImmediate(5, 8, d.number(), bytes);
  }

  /** d = d and s. */
  default <R extends GeneralRegister<R>> void and(R d, R s) {
    encode(0x23, d, s);
  }

  /** d = d and value; for 64 bits the value is sign-extended. */
  default void and(GeneralRegister<?> d, int value) {
    encodeImmediate(4, d.bytes(), d.number(), value);
  }

  /** d = d or s. */
  default <R extends GeneralRegister<R>> void or(R d, R s) {
    encode(0x0B, d, s);
  }

  /** d = d or value; for 64 bits the value is sign-extended. */
  default void or(GeneralRegister<?> d, int value) {
    encodeImmediate(1, d.bytes(), d.number(), value);
  }

  /** d = d xor s; of a register with itself zero. */
  default <R extends GeneralRegister<R>> void xor(R d, R s) {
    encode(0x33, d, s);
  }

  /** Flags of a - b. */
  default <R extends GeneralRegister<R>> void cmp(R a, R b) {
    encode(0x3B, a, b);
  }

  /** Flags of a - value. */
  default void cmp(GeneralRegister<?> a, int value) {
    encodeImmediate(7, a.bytes(), a.number(), value);
  }

  /** Flags of a - b. */
  default void cmp(GeneralRegister<?> a, Memory b) {
    encode(0x3B, a, b);
  }

  /** Flags of a and b. */
  default <R extends GeneralRegister<R>> void test(R a, R b) {
    encode(0x85, b, a);
  }

  /** Flags of a and value; for 64 bits the value is sign-extended. */
  default void test(GeneralRegister<?> a, int value) {
    LegacyEncoder.encode(buffer(), a.bytes(), 0xF7, 0, direct(a.number()), 4);
    buffer().putInt(value);
  }

  /** d *= s. */
  default <R extends GeneralRegister<R>> void imul(R d, R s) {
    encode(0x0FAF, d, s);
  }

  /** d = s * value. */
  default <R extends GeneralRegister<R>> void imul(R d, R s, int value) {
    boolean oneByte = value == (byte) value;
    LegacyEncoder.encode(
        buffer(),
        d.bytes(),
        oneByte ? 0x6B : 0x69,
        d.number(),
        direct(s.number()),
        oneByte ? 1 : 4);
    putByteOrInt(oneByte, value);
  }

  /** d += 1; the carry flag stays. */
  default void inc(GeneralRegister<?> d) {
    encodeExtension(0xFF, 0, d);
  }

  /** d -= 1; the carry flag stays. */
  default void dec(GeneralRegister<?> d) {
    encodeExtension(0xFF, 1, d);
  }

  /** d = -d. */
  default void neg(GeneralRegister<?> d) {
    encodeExtension(0xF7, 3, d);
  }

  /** d = d &lt;&lt; count. */
  default void shl(GeneralRegister<?> d, int count) {
    encodeShift(4, d, count);
  }

  /** d = d &gt;&gt;&gt; count. */
  default void shr(GeneralRegister<?> d, int count) {
    encodeShift(5, d, count);
  }

  /** d = d &gt;&gt; count. */
  default void sar(GeneralRegister<?> d, int count) {
    encodeShift(7, d, count);
  }

  /** d = a &lt;&lt; count. */
  default <R extends GeneralRegister<R>> void shlx(R d, R a, R count) {
    encodeBmi2(MandatoryPrefix.P66, 0xF7, d, count, a);
  }

  /** d = a &gt;&gt;&gt; count. */
  default <R extends GeneralRegister<R>> void shrx(R d, R a, R count) {
    encodeBmi2(MandatoryPrefix.F2, 0xF7, d, count, a);
  }

  /** d = a &gt;&gt; count. */
  default <R extends GeneralRegister<R>> void sarx(R d, R a, R count) {
    encodeBmi2(MandatoryPrefix.F3, 0xF7, d, count, a);
  }

  /** d = the lowest n bits of a: of all ones a mask of n lanes. */
  default <R extends GeneralRegister<R>> void bzhi(R d, R a, R n) {
    encodeBmi2(MandatoryPrefix.NONE, 0xF5, d, n, a);
  }

  /** Saves a register on the stack. */
  default void push(Register64 s) {
    LegacyEncoder.encode(buffer(), 4, 0x50, s.number());
  }

  /** Takes a register back from the stack. */
  default void pop(Register64 d) {
    LegacyEncoder.encode(buffer(), 4, 0x58, d.number());
  }

  /** Asks the processor about leaf EAX, subleaf ECX; answers in EAX, EBX, ECX and EDX. */
  default void cpuid() {
    buffer().putByte(0x0F);
    buffer().putByte(0xA2);
  }

  /** EDX:EAX = the extended control register of number ECX. */
  default void xgetbv() {
    buffer().putByte(0x0F);
    buffer().putByte(0x01);
    buffer().putByte(0xD0);
  }

  /** Asks for a cache line, to be kept in all levels. */
  default void prefetcht0(Memory s) {
    encodePrefetch(1, s);
  }

  /** Asks for a cache line, to be kept in the second level and further out. */
  default void prefetcht1(Memory s) {
    encodePrefetch(2, s);
  }

  /** Asks for a cache line that will be used once. */
  default void prefetchnta(Memory s) {
    encodePrefetch(0, s);
  }

  private void encodePrefetch(int hint, Memory s) {
    LegacyEncoder.encode(buffer(), 4, 0x0F18, hint, s, 0);
  }

  private void encode(int opcode, GeneralRegister<?> reg, GeneralRegister<?> rm) {
    LegacyEncoder.encode(buffer(), reg.bytes(), opcode, reg.number(), direct(rm.number()), 0);
  }

  private void encode(int opcode, GeneralRegister<?> reg, Memory rm) {
    LegacyEncoder.encode(buffer(), reg.bytes(), opcode, reg.number(), rm, 0);
  }

  private void encodeExtension(int opcode, int extension, GeneralRegister<?> d) {
    LegacyEncoder.encode(buffer(), d.bytes(), opcode, extension, direct(d.number()), 0);
  }

  private void encodeImmediate(int extension, int bytes, int register, int value) {
    boolean oneByte = value == (byte) value;
    LegacyEncoder.encode(
        buffer(), bytes, oneByte ? 0x83 : 0x81, extension, direct(register), oneByte ? 1 : 4);
    putByteOrInt(oneByte, value);
  }

  private void encodeShift(int extension, GeneralRegister<?> d, int count) {
    if (count < 0 || count >= 8 * d.bytes()) {
      throw new IllegalArgumentException(
          "count: expected 0 to " + (8 * d.bytes() - 1) + ", found " + count);
    }
    LegacyEncoder.encode(buffer(), d.bytes(), 0xC1, extension, direct(d.number()), 1);
    buffer().putByte(count);
  }

  private void encodeBmi2(
      MandatoryPrefix prefix,
      int opcode,
      GeneralRegister<?> reg,
      GeneralRegister<?> second,
      GeneralRegister<?> rm) {
    require(CpuFeature.BMI2);
    OperandSize w = reg.bytes() == 8 ? OperandSize.W1 : OperandSize.W0;
    RmOperand direct = direct(rm.number());
    VexEncoder.putPrefix(buffer(), M0F38, prefix, w, 0, reg.number(), second.number(), direct);
    buffer().putByte(opcode);
    ModRm.write(buffer(), reg.number(), direct, 1, 0);
  }

  private void putImmediate(int bytes, int register, int value) {
    LegacyEncoder.encode(buffer(), bytes, 0xB8, register);
    buffer().putInt(value);
  }

  private void putByteOrInt(boolean oneByte, int value) {
    if (oneByte) {
      buffer().putByte(value);
    } else {
      buffer().putInt(value);
    }
  }

  private static RmOperand direct(int number) {
    return new RmOperand.Direct(number);
  }
}
