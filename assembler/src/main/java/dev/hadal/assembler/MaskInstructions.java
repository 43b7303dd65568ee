package dev.hadal.assembler;

import static dev.hadal.assembler.CpuFeature.AVX512BW;
import static dev.hadal.assembler.CpuFeature.AVX512F;
import static dev.hadal.assembler.EscapeMap.M0F;
import static dev.hadal.assembler.MandatoryPrefix.F2;
import static dev.hadal.assembler.MandatoryPrefix.NONE;
import static dev.hadal.assembler.MandatoryPrefix.P66;
import static dev.hadal.assembler.OperandSize.W0;
import static dev.hadal.assembler.OperandSize.W1;

/**
 * Instructions on masks, of 16 bits (w), 32 (d) and 64 (q): one for each lane of a {@link Zmm} of
 * 32-bit, 16-bit or 8-bit lanes. Those of 8 bits are left out: the longer ones do.
 *
 * <p>All are VEX, with the mask registers as ordinary operands.
 */
sealed interface MaskInstructions extends Emitter permits Assembler {

  /** d = s, 16 bits. */
  default void kmovw(Mask d, Mask s) {
    encode(AVX512F, M0F, NONE, W0, 0, 0x90, d, 0, s);
  }

  /** d = 16 bits of memory. */
  default void kmovw(Mask d, Memory s) {
    encode(AVX512F, M0F, NONE, W0, 0, 0x90, d.number(), 0, s);
  }

  /** Stores 16 bits. */
  default void kmovw(Memory d, Mask s) {
    encode(AVX512F, M0F, NONE, W0, 0, 0x91, s.number(), 0, d);
  }

  /** d = the lowest 16 bits of s. */
  default void kmovw(Mask d, Register32 s) {
    encode(AVX512F, M0F, NONE, W0, 0, 0x92, d.number(), 0, direct(s.number()));
  }

  /** d = s, the rest zero. */
  default void kmovw(Register32 d, Mask s) {
    encode(AVX512F, M0F, NONE, W0, 0, 0x93, d.number(), 0, direct(s.number()));
  }

  /** d = s, 32 bits. */
  default void kmovd(Mask d, Mask s) {
    encode(AVX512BW, M0F, P66, W1, 0, 0x90, d, 0, s);
  }

  /** d = 32 bits of memory. */
  default void kmovd(Mask d, Memory s) {
    encode(AVX512BW, M0F, P66, W1, 0, 0x90, d.number(), 0, s);
  }

  /** Stores 32 bits. */
  default void kmovd(Memory d, Mask s) {
    encode(AVX512BW, M0F, P66, W1, 0, 0x91, s.number(), 0, d);
  }

  /** d = s. */
  default void kmovd(Mask d, Register32 s) {
    encode(AVX512BW, M0F, F2, W0, 0, 0x92, d.number(), 0, direct(s.number()));
  }

  /** d = s, the rest zero. */
  default void kmovd(Register32 d, Mask s) {
    encode(AVX512BW, M0F, F2, W0, 0, 0x93, d.number(), 0, direct(s.number()));
  }

  /** d = s, 64 bits. */
  default void kmovq(Mask d, Mask s) {
    encode(AVX512BW, M0F, NONE, W1, 0, 0x90, d, 0, s);
  }

  /** d = 64 bits of memory. */
  default void kmovq(Mask d, Memory s) {
    encode(AVX512BW, M0F, NONE, W1, 0, 0x90, d.number(), 0, s);
  }

  /** Stores 64 bits. */
  default void kmovq(Memory d, Mask s) {
    encode(AVX512BW, M0F, NONE, W1, 0, 0x91, s.number(), 0, d);
  }

  /** d = s. */
  default void kmovq(Mask d, Register64 s) {
    encode(AVX512BW, M0F, F2, W1, 0, 0x92, d.number(), 0, direct(s.number()));
  }

  /** d = s. */
  default void kmovq(Register64 d, Mask s) {
    encode(AVX512BW, M0F, F2, W1, 0, 0x93, d.number(), 0, direct(s.number()));
  }

  /** d = a and b. */
  default void kandw(Mask d, Mask a, Mask b) {
    encode(AVX512F, M0F, NONE, W0, 1, 0x41, d, a.number(), b);
  }

  /** d = a and b. */
  default void kandd(Mask d, Mask a, Mask b) {
    encode(AVX512BW, M0F, P66, W1, 1, 0x41, d, a.number(), b);
  }

  /** d = a and b. */
  default void kandq(Mask d, Mask a, Mask b) {
    encode(AVX512BW, M0F, NONE, W1, 1, 0x41, d, a.number(), b);
  }

  /** d = not a and b. */
  default void kandnw(Mask d, Mask a, Mask b) {
    encode(AVX512F, M0F, NONE, W0, 1, 0x42, d, a.number(), b);
  }

  /** d = not a and b. */
  default void kandnd(Mask d, Mask a, Mask b) {
    encode(AVX512BW, M0F, P66, W1, 1, 0x42, d, a.number(), b);
  }

  /** d = not a and b. */
  default void kandnq(Mask d, Mask a, Mask b) {
    encode(AVX512BW, M0F, NONE, W1, 1, 0x42, d, a.number(), b);
  }

  /** d = a or b. */
  default void korw(Mask d, Mask a, Mask b) {
    encode(AVX512F, M0F, NONE, W0, 1, 0x45, d, a.number(), b);
  }

  /** d = a or b. */
  default void kord(Mask d, Mask a, Mask b) {
    encode(AVX512BW, M0F, P66, W1, 1, 0x45, d, a.number(), b);
  }

  /** d = a or b. */
  default void korq(Mask d, Mask a, Mask b) {
    encode(AVX512BW, M0F, NONE, W1, 1, 0x45, d, a.number(), b);
  }

  /** d = not (a xor b); of a register with itself all ones. */
  default void kxnorw(Mask d, Mask a, Mask b) {
    encode(AVX512F, M0F, NONE, W0, 1, 0x46, d, a.number(), b);
  }

  /** d = not (a xor b); of a register with itself all ones. */
  default void kxnord(Mask d, Mask a, Mask b) {
    encode(AVX512BW, M0F, P66, W1, 1, 0x46, d, a.number(), b);
  }

  /** d = not (a xor b); of a register with itself all ones. */
  default void kxnorq(Mask d, Mask a, Mask b) {
    encode(AVX512BW, M0F, NONE, W1, 1, 0x46, d, a.number(), b);
  }

  /** d = a xor b. */
  default void kxorw(Mask d, Mask a, Mask b) {
    encode(AVX512F, M0F, NONE, W0, 1, 0x47, d, a.number(), b);
  }

  /** d = a xor b. */
  default void kxord(Mask d, Mask a, Mask b) {
    encode(AVX512BW, M0F, P66, W1, 1, 0x47, d, a.number(), b);
  }

  /** d = a xor b. */
  default void kxorq(Mask d, Mask a, Mask b) {
    encode(AVX512BW, M0F, NONE, W1, 1, 0x47, d, a.number(), b);
  }

  /** d = not s. */
  default void knotw(Mask d, Mask s) {
    encode(AVX512F, M0F, NONE, W0, 0, 0x44, d, 0, s);
  }

  /** d = not s. */
  default void knotd(Mask d, Mask s) {
    encode(AVX512BW, M0F, P66, W1, 0, 0x44, d, 0, s);
  }

  /** d = not s. */
  default void knotq(Mask d, Mask s) {
    encode(AVX512BW, M0F, NONE, W1, 0, 0x44, d, 0, s);
  }

  /** Flags of a or b: equal where no bit is 1, below where all are. */
  default void kortestw(Mask a, Mask b) {
    encode(AVX512F, M0F, NONE, W0, 0, 0x98, a, 0, b);
  }

  /** Flags of a or b: equal where no bit is 1, below where all are. */
  default void kortestd(Mask a, Mask b) {
    encode(AVX512BW, M0F, P66, W1, 0, 0x98, a, 0, b);
  }

  /** Flags of a or b: equal where no bit is 1, below where all are. */
  default void kortestq(Mask a, Mask b) {
    encode(AVX512BW, M0F, NONE, W1, 0, 0x98, a, 0, b);
  }

  /** d = s &lt;&lt; count. */
  default void kshiftlw(Mask d, Mask s, int count) {
    encodeShift(AVX512F, W1, 0x32, d, s, count);
  }

  /** d = s &lt;&lt; count. */
  default void kshiftld(Mask d, Mask s, int count) {
    encodeShift(AVX512BW, W0, 0x33, d, s, count);
  }

  /** d = s &lt;&lt; count. */
  default void kshiftlq(Mask d, Mask s, int count) {
    encodeShift(AVX512BW, W1, 0x33, d, s, count);
  }

  /** d = s &gt;&gt;&gt; count. */
  default void kshiftrw(Mask d, Mask s, int count) {
    encodeShift(AVX512F, W1, 0x30, d, s, count);
  }

  /** d = s &gt;&gt;&gt; count. */
  default void kshiftrd(Mask d, Mask s, int count) {
    encodeShift(AVX512BW, W0, 0x31, d, s, count);
  }

  /** d = s &gt;&gt;&gt; count. */
  default void kshiftrq(Mask d, Mask s, int count) {
    encodeShift(AVX512BW, W1, 0x31, d, s, count);
  }

  private void encodeShift(
      CpuFeature feature, OperandSize w, int opcode, Mask d, Mask s, int count) {
    int immediate = VectorEmitter.requireByte(count);
    encode(feature, EscapeMap.M0F3A, P66, w, 0, opcode, d, 0, s);
    buffer().putByte(immediate);
  }

  private void encode(
      CpuFeature feature,
      EscapeMap map,
      MandatoryPrefix prefix,
      OperandSize w,
      int length,
      int opcode,
      Mask reg,
      int second,
      Mask rm) {
    encode(feature, map, prefix, w, length, opcode, reg.number(), second, direct(rm.number()));
  }

  private void encode(
      CpuFeature feature,
      EscapeMap map,
      MandatoryPrefix prefix,
      OperandSize w,
      int length,
      int opcode,
      int reg,
      int second,
      RmOperand rm) {
    require(feature);
    VexEncoder.putPrefix(buffer(), map, prefix, w, length, reg, second, rm);
    buffer().putByte(opcode);
    ModRm.write(buffer(), reg, rm, 1, 0);
  }

  private static RmOperand direct(int number) {
    return new RmOperand.Direct(number);
  }
}
