package dev.hadal.format;

import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * Blocks of 32 elements with one F16 scale d, in the types that end in 1 an F16 minimum m:
 *
 * <pre>
 * Q8_0  d, 32 signed bytes q                  d q
 * Q4_0  d, 16 bytes of two 4-bit q            d (q - 8)
 * Q4_1  d, m, 16 bytes                        d q + m
 * Q5_0  d, 32 fifth bits, 16 bytes            d (q - 16)
 * Q5_1  d, m, 32 fifth bits, 16 bytes         d q + m
 * </pre>
 *
 * The low halves of the 16 bytes are elements 0 to 15, the high halves 16 to 31.
 */
final class LegacyBlocks {
  static final int ELEMENTS = 32;
  static final int HALF = ELEMENTS / 2;

  private LegacyBlocks() {}

  static void decode(
      GgufType type, MemorySegment blocks, long offset, int elements, float[] out, int at) {
    int count = elements / ELEMENTS;
    for (int i = 0; i < count; i++) {
      long block = offset + (long) i * type.blockBytes();
      int to = at + i * ELEMENTS;
      float d = GgufBlocks.half(blocks, block);
      switch (type) {
        case Q8_0 -> bytes(blocks, block + 2, d, out, to);
        case Q4_0 -> nibbles(blocks, block + 2, 0, d, 8, out, to);
        case Q5_0 -> nibbles(blocks, block + 6, blocks.get(Tensor.INT, block + 2), d, 16, out, to);
        case Q4_1 -> {
          nibbles(blocks, block + 4, 0, d, 0, out, to);
          add(GgufBlocks.half(blocks, block + 2), out, to);
        }
        case Q5_1 -> {
          nibbles(blocks, block + 8, blocks.get(Tensor.INT, block + 4), d, 0, out, to);
          add(GgufBlocks.half(blocks, block + 2), out, to);
        }
        default -> throw new IllegalArgumentException("legacy blocks: got " + type);
      }
    }
  }

  private static void bytes(MemorySegment blocks, long from, float d, float[] out, int to) {
    for (int j = 0; j < ELEMENTS; j++) {
      out[to + j] = d * blocks.get(Tensor.BYTE, from + j);
    }
  }

  private static void nibbles(
      MemorySegment blocks, long from, int fifth, float d, int zero, float[] out, int to) {
    for (int j = 0; j < HALF; j++) {
      int pair = GgufBlocks.unsigned(blocks, from + j);
      int low = (pair & 0xF) | (((fifth >>> j) & 1) << 4);
      int high = (pair >>> 4) | (((fifth >>> (j + HALF)) & 1) << 4);
      out[to + j] = d * (low - zero);
      out[to + HALF + j] = d * (high - zero);
    }
  }

  private static void add(float m, float[] out, int to) {
    for (int j = 0; j < ELEMENTS; j++) {
      out[to + j] += m;
    }
  }
}
