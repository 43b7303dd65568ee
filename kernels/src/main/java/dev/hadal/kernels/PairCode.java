package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.zmm;
import static dev.hadal.assembler.Register64.RCX;
import static dev.hadal.assembler.Scale.BY_1;

import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.Label;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Register64;
import dev.hadal.assembler.Signature;
import dev.hadal.assembler.Zmm;
import dev.hadal.numerics.BFloat16;
import dev.hadal.numerics.E4M3;

/**
 * E4M3 codes to BF16 pairs as machine code; exact, because every E4M3 value is a normal BF16
 * number.
 *
 * <p>A vector holds 16 words of four codes. Two tables of 128 bytes, which {@code vpermi2b} reads
 * for 64 codes at a time, know the lower and the upper byte of each magnitude's BF16 number; the
 * sign is added to the upper one. Two more permutations join the bytes of the codes 0 and 1 of
 * every word to a vector of pairs, and those of 2 and 3 to another.
 */
final class PairCode {
  /** Takes from, the distance of vectors there, to, the distance of vectors there, the count. */
  static final Signature SIGNATURE =
      Signature.ofVoid(
          Signature.Kind.LONG,
          Signature.Kind.LONG,
          Signature.Kind.LONG,
          Signature.Kind.LONG,
          Signature.Kind.LONG);

  private static final int MAGNITUDES = 128;
  private static final int VECTOR = 64;

  /** d | (a & b), by the truth table's numbering of d, a, b. */
  private static final int OR_AND = 0xF8;

  private static final Zmm LOW = zmm(16);
  private static final Zmm LOW_REST = zmm(17);
  private static final Zmm HIGH = zmm(18);
  private static final Zmm HIGH_REST = zmm(19);
  private static final Zmm FIRST_PAIRS = zmm(20);
  private static final Zmm SECOND_PAIRS = zmm(21);
  private static final Zmm SIGNS = zmm(22);

  private PairCode() {}

  /** The code. */
  static MachineCode assemble() {
    Register64 from = SIGNATURE.general(0);
    Register64 fromStride = SIGNATURE.general(1);
    Register64 to = SIGNATURE.general(2);
    Register64 toStride = SIGNATURE.general(3);
    Register64 count = SIGNATURE.general(4);
    Zmm codes = zmm(0);
    Zmm low = zmm(1);
    Zmm high = zmm(2);
    Zmm pairs = zmm(3);

    Assembler a = new Assembler();
    Label tables = a.label();
    Label end = a.label();
    a.test(count, count);
    a.jz(end);
    Zmm[] constants = {LOW, LOW_REST, HIGH, HIGH_REST, FIRST_PAIRS, SECOND_PAIRS, SIGNS};
    for (int i = 0; i < constants.length; i++) {
      a.vmovdqu32(constants[i], mem(tables).plus(VECTOR * i));
    }
    a.align(32);
    Label loop = a.here();
    a.vmovdqu32(codes, mem(from));
    a.vmovdqu32(low, codes);
    a.vmovdqu32(high, codes);
    a.vpermi2b(low, LOW, LOW_REST);
    a.vpermi2b(high, HIGH, HIGH_REST);
    a.vpternlogd(high, codes, SIGNS, OR_AND);
    a.vmovdqu32(pairs, FIRST_PAIRS);
    a.vpermi2b(pairs, low, high);
    a.vpermt2b(low, SECOND_PAIRS, high);
    a.vmovdqu32(mem(to), pairs);
    a.vmovdqu32(mem(to, RCX, BY_1), low);
    a.add(from, fromStride);
    a.add(to, toStride);
    a.add(to, toStride);
    a.sub(count, 1);
    a.jnz(loop);
    a.bind(end);
    a.vzeroupper();
    a.ret();
    a.align(VECTOR);
    a.bind(tables);
    a.data(bytesOfMagnitudes(0));
    a.data(bytesOfMagnitudes(8));
    a.data(bytesOfPairs(0));
    a.data(bytesOfPairs(2));
    a.data(signs());
    return a.finish();
  }

  private static byte[] bytesOfMagnitudes(int shift) {
    byte[] table = new byte[MAGNITUDES];
    for (int code = 0; code < MAGNITUDES; code++) {
      table[code] = (byte) (BFloat16.encode(E4M3.decode((byte) code)) >> shift);
    }
    return table;
  }

  /** Byte b of lane i comes from code 4 i + first + b / 2, from the upper table if b is odd. */
  private static byte[] bytesOfPairs(int first) {
    byte[] table = new byte[VECTOR];
    for (int i = 0; i < VECTOR; i++) {
      table[i] = (byte) ((i / 4 * 4 + first + i % 4 / 2) | (i % 2) * VECTOR);
    }
    return table;
  }

  private static byte[] signs() {
    byte[] table = new byte[VECTOR];
    java.util.Arrays.fill(table, (byte) 0x80);
    return table;
  }
}
