package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.zmm;

import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.Label;
import dev.hadal.assembler.Zmm;
import dev.hadal.numerics.BFloat16;
import dev.hadal.numerics.E4M3;
import java.util.Arrays;

/**
 * The tables that make BF16 pairs of E4M3 codes, in seven registers of some code; exact, because
 * every E4M3 value is a normal BF16 number.
 *
 * <p>Two tables of 128 bytes, which {@code vpermi2b} reads for 64 codes at a time, know the lower
 * and the upper byte of each magnitude's BF16 number; the sign is added to the upper one. Two more
 * permutations join the bytes.
 */
final class PairTables {
  /** Registers that are used, from the first on. */
  static final int REGISTERS = 7;

  private static final int MAGNITUDES = 128;
  private static final int VECTOR = 64;

  /** d | (a & b), by the truth table's numbering of d, a, b. */
  private static final int OR_AND = 0xF8;

  /** Which codes the joined vectors hold. */
  enum Order {
    /** The first two codes of each word of four, then the last two. */
    OF_WORDS,
    /** The first 32 codes, then the last 32. */
    OF_CODES
  }

  private final Assembler assembler;
  private final int first;
  private final Order order;
  private final Label tables;

  /**
   * Tables of some code.
   *
   * @param first register that holds them
   */
  PairTables(Assembler assembler, int first, Order order) {
    this.assembler = assembler;
    this.first = first;
    this.order = order;
    tables = assembler.label();
  }

  /** Reads the tables into the registers. */
  void load() {
    for (int i = 0; i < REGISTERS; i++) {
      assembler.vmovdqu32(zmm(first + i), mem(tables).plus(VECTOR * i));
    }
  }

  /**
   * 64 codes become BF16 numbers.
   *
   * @param codes kept
   * @param low the second vector of numbers afterwards
   * @param high scratch
   * @param pairs the first vector of numbers afterwards
   */
  void toPairs(Zmm codes, Zmm low, Zmm high, Zmm pairs) {
    assembler.vmovdqu32(low, codes);
    assembler.vmovdqu32(high, codes);
    assembler.vpermi2b(low, zmm(first), zmm(first + 1));
    assembler.vpermi2b(high, zmm(first + 2), zmm(first + 3));
    assembler.vpternlogd(high, codes, zmm(first + 6), OR_AND);
    assembler.vmovdqu32(pairs, zmm(first + 4));
    assembler.vpermi2b(pairs, low, high);
    assembler.vpermt2b(low, zmm(first + 5), high);
  }

  /** Puts the tables here, where the code never runs. */
  void place() {
    assembler.align(VECTOR);
    assembler.bind(tables);
    assembler.data(bytesOfMagnitudes(0));
    assembler.data(bytesOfMagnitudes(8));
    assembler.data(joined(0));
    assembler.data(joined(1));
    byte[] signs = new byte[VECTOR];
    Arrays.fill(signs, (byte) 0x80);
    assembler.data(signs);
  }

  private static byte[] bytesOfMagnitudes(int shift) {
    byte[] table = new byte[MAGNITUDES];
    for (int code = 0; code < MAGNITUDES; code++) {
      table[code] = (byte) (BFloat16.encode(E4M3.decode((byte) code)) >> shift);
    }
    return table;
  }

  /** Which byte of the lower bytes, or of the upper ones behind them, each byte comes from. */
  private byte[] joined(int half) {
    byte[] table = new byte[VECTOR];
    for (int i = 0; i < VECTOR; i++) {
      int code =
          switch (order) {
            case OF_WORDS -> i / 4 * 4 + 2 * half + i % 4 / 2;
            case OF_CODES -> VECTOR / 2 * half + i / 2;
          };
      table[i] = (byte) (code | (i % 2) * VECTOR);
    }
    return table;
  }
}
