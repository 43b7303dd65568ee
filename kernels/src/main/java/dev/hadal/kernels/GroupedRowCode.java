package dev.hadal.kernels;

import static dev.hadal.assembler.Operands.mem;
import static dev.hadal.assembler.Operands.xmm;
import static dev.hadal.assembler.Operands.ymm;
import static dev.hadal.assembler.Register32.EAX;

import dev.hadal.assembler.Assembler;
import dev.hadal.assembler.Label;
import dev.hadal.assembler.MachineCode;
import dev.hadal.assembler.Register64;
import dev.hadal.assembler.Signature;
import dev.hadal.assembler.Ymm;

/**
 * Prepares a row of {@link Matrix.Integers} for {@link GroupedCode}, as machine code of AVX2.
 *
 * <p>For each group of the weights and row of a tile there are three numbers: the row's scale, the
 * sum of its codes times what all the weights' codes are too large by, and the sum as FP32. They
 * lie as [groups, 3, rows of a tile]. Where products are of pairs, the codes become 16-bit numbers,
 * of each four the first and third before the second and fourth.
 *
 * @param group elements of a group, 16 or 32
 * @param pairs whether the codes become pairs
 * @param tile rows of a tile
 */
record GroupedRowCode(int group, boolean pairs, int tile) {
  /**
   * Takes the addresses of the codes, their scales, the row's first number and its pairs, how many
   * times 32 codes there are, and what codes are to be multiplied by.
   */
  static final Signature SIGNATURE = Signature.ofLongs(6);

  private static final int STEP = GroupedWeights.STEP;
  private static final int HALVES_SWAPPED = 0x4E;
  private static final int NEIGHBOURS_SWAPPED = 0xB1;
  private static final byte[] FIRST_AND_THIRD = {
    0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15
  };

  private static final Ymm SUM = ymm(0);
  private static final Ymm TEMPORARY = ymm(1);
  private static final Ymm BYTES_OF_ONE = ymm(2);
  private static final Ymm WORDS_OF_ONE = ymm(3);
  private static final Ymm ORDER = ymm(4);
  private static final Ymm FACTOR = ymm(5);
  private static final Ymm PAIRS = ymm(6);

  /** The code. */
  MachineCode assemble() {
    Register64 codes = SIGNATURE.general(0);
    Register64 scales = SIGNATURE.general(1);
    Register64 numbers = SIGNATURE.general(2);
    Register64 to = SIGNATURE.general(3);
    Register64 count = SIGNATURE.general(4);
    Register64 factor = SIGNATURE.general(5);
    Assembler a = new Assembler();
    Label constants = a.label();
    a.vmovups(BYTES_OF_ONE, mem(constants));
    a.vmovups(WORDS_OF_ONE, mem(constants).plus(32));
    a.vmovups(ORDER, mem(constants).plus(64));
    a.vmovq(xmm(5), factor);
    a.vpbroadcastd(FACTOR, xmm(5));
    Label next = a.here();
    a.vpmaddubsw(SUM, BYTES_OF_ONE, mem(codes));
    a.vpmaddwd(SUM, SUM, WORDS_OF_ONE);
    addSwapped(a, HALVES_SWAPPED);
    addSwapped(a, NEIGHBOURS_SWAPPED);
    if (group == STEP) {
      a.vpermq(TEMPORARY, SUM, HALVES_SWAPPED);
      a.vpaddd(SUM, SUM, TEMPORARY);
    }
    for (int g = 0; g < STEP / group; g++) {
      if (g > 0) {
        a.vpermq(SUM, SUM, HALVES_SWAPPED);
      }
      a.mov(EAX, mem(scales));
      a.mov(mem(numbers), EAX);
      a.vpmulld(TEMPORARY, SUM, FACTOR);
      a.vmovss(mem(numbers, 4 * tile), xmm(1));
      a.vcvtdq2ps(TEMPORARY, SUM);
      a.vmovss(mem(numbers, 8 * tile), xmm(1));
      a.add(numbers, groupBytes(tile));
    }
    if (pairs) {
      for (int half = 0; half < 2; half++) {
        a.vpmovsxbw(PAIRS, mem(codes, STEP / 2 * half));
        a.vpshufb(PAIRS, PAIRS, ORDER);
        a.vmovups(mem(to, STEP * half), PAIRS);
      }
      a.add(to, 2 * STEP);
    }
    a.add(codes, STEP);
    a.add(scales, 4);
    a.dec(count);
    a.jnz(next);
    a.vzeroupper();
    a.ret();
    a.align(32);
    a.bind(constants);
    a.data(repeated(0x01010101));
    a.data(repeated(0x00010001));
    a.data(FIRST_AND_THIRD);
    a.data(FIRST_AND_THIRD);
    return a.finish();
  }

  /** Bytes of the numbers of a group. */
  static int groupBytes(int tile) {
    return 3 * 4 * tile;
  }

  private static void addSwapped(Assembler a, int order) {
    a.vpshufd(TEMPORARY, SUM, order);
    a.vpaddd(SUM, SUM, TEMPORARY);
  }

  /** A word for all lanes of a vector. */
  static int[] repeated(int word) {
    int[] words = new int[8];
    java.util.Arrays.fill(words, word);
    return words;
  }
}
