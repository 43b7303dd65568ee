package dev.hadal.format;

import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * Blocks whose 4-bit codes are places in a table of 16 values, denser around zero:
 *
 * <pre>
 * IQ4_NL  F16 d, 16 bytes of codes                                32 elements: d t
 * IQ4_XS  F16 d, 2 + 4 bytes of 6-bit s, 128 bytes of codes       256 elements, 8 parts: (d (s - 32)) t
 * MXFP4   exponent byte x, 16 bytes of E2M1 codes                 32 elements: 2^(x - 127) E2M1
 * </pre>
 *
 * In each 16 bytes the low halves are the first 16 elements and the high halves the next. MXFP4 is
 * the OCP Microscaling format (version 1.0, §5.3); its table here holds twice the values, its scale
 * half of 2^(x - 127), which is subnormal for x = 0 and 1. The scale x = 255 is NaN.
 */
final class TableBlocks {
  private static final byte[] NON_LINEAR = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
  };

  private static final byte[] TWICE_E2M1 = {
    0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12
  };

  private static final int PART = 32;
  private static final int HALF = PART / 2;

  private TableBlocks() {}

  static void decode(
      GgufType type, MemorySegment blocks, long offset, int elements, float[] out, int at) {
    for (int i = 0; i < elements / type.blockElements(); i++) {
      long block = offset + (long) i * type.blockBytes();
      int to = at + i * type.blockElements();
      switch (type) {
        case IQ4_NL -> part(blocks, block + 2, GgufBlocks.half(blocks, block), NON_LINEAR, out, to);
        case IQ4_XS -> parts(blocks, block, out, to);
        case MXFP4 ->
            part(
                blocks,
                block + 1,
                halfScale(GgufBlocks.unsigned(blocks, block)),
                TWICE_E2M1,
                out,
                to);
        default -> throw new IllegalArgumentException("table blocks: got " + type);
      }
    }
  }

  private static void parts(MemorySegment blocks, long block, float[] out, int to) {
    float d = GgufBlocks.half(blocks, block);
    int highs = blocks.get(Tensor.SHORT, block + 2) & 0xFFFF;
    for (int i = 0; i < 8; i++) {
      int low = (GgufBlocks.unsigned(blocks, block + 4 + i / 2) >>> (i % 2 * 4)) & 0xF;
      int high = (highs >>> (i * 2)) & 3;
      float scale = d * (((high << 4) | low) - 32);
      part(blocks, block + 8 + i * HALF, scale, NON_LINEAR, out, to + i * PART);
    }
  }

  private static void part(
      MemorySegment blocks, long codes, float scale, byte[] table, float[] out, int to) {
    for (int j = 0; j < HALF; j++) {
      int pair = GgufBlocks.unsigned(blocks, codes + j);
      out[to + j] = scale * table[pair & 0xF];
      out[to + HALF + j] = scale * table[pair >>> 4];
    }
  }

  /** 2^(x - 128). */
  private static float halfScale(int x) {
    return x == 255 ? Float.NaN : Float.intBitsToFloat(x < 2 ? 0x00200000 << x : (x - 1) << 23);
  }
}
