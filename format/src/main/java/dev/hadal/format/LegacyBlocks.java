package dev.hadal.format;

import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;

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
record LegacyBlocks(GgufType type) implements QuantisedBlocks {
  static final int ELEMENTS = 32;
  static final int HALF = ELEMENTS / 2;

  @Override
  public int part() {
    return ELEMENTS;
  }

  @Override
  public List<Integer> values() {
    return switch (type) {
      case Q4_0 -> rising(-8);
      case Q4_1 -> rising(0);
      default -> List.of();
    };
  }

  /** Sixteen integers. */
  static List<Integer> rising(int first) {
    return IntStream.range(first, first + 16).boxed().toList();
  }

  @Override
  public boolean nested() {
    return false;
  }

  @Override
  public boolean hasOffsets() {
    return type == GgufType.Q4_1 || type == GgufType.Q5_1;
  }

  @Override
  public void codes(MemorySegment blocks, long block, byte[] out) {
    switch (type) {
      case Q8_0 -> MemorySegment.copy(blocks, Tensor.BYTE, block + 2, out, 0, ELEMENTS);
      case Q4_0 -> nibbles(blocks, block + 2, 0, 0, out);
      case Q4_1 -> nibbles(blocks, block + 4, 0, 0, out);
      case Q5_0 -> nibbles(blocks, block + 6, blocks.get(Tensor.INT, block + 2), 16, out);
      case Q5_1 -> nibbles(blocks, block + 8, blocks.get(Tensor.INT, block + 4), 0, out);
      default -> throw new IllegalArgumentException("legacy blocks: got " + type);
    }
  }

  private static void nibbles(MemorySegment blocks, long from, int fifth, int zero, byte[] out) {
    for (int j = 0; j < HALF; j++) {
      int pair = GgufBlocks.unsigned(blocks, from + j);
      int low = (pair & 0xF) | (((fifth >>> j) & 1) << 4);
      int high = (pair >>> 4) | (((fifth >>> (j + HALF)) & 1) << 4);
      out[j] = (byte) (low - zero);
      out[HALF + j] = (byte) (high - zero);
    }
  }

  @Override
  public short scaleBits(MemorySegment blocks, long block) {
    return blocks.get(Tensor.SHORT, block);
  }

  @Override
  public int partScale(MemorySegment blocks, long block, int part) {
    return 1;
  }

  @Override
  public short offsetBits(MemorySegment blocks, long block) {
    return hasOffsets() ? blocks.get(Tensor.SHORT, block + 2) : 0;
  }

  @Override
  public int partOffset(MemorySegment blocks, long block, int part) {
    return 1;
  }
}
