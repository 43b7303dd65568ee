package dev.hadal.format;

import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Blocks of 256 elements with an F16 scale d, in some an F16 minimum scale e, and integer scales s
 * (and minima m) for parts of 16 or 32 elements:
 *
 * <pre>
 * Q2_K  16 bytes s and m of 4 bits, 64 bytes of 2-bit q, d, e          (d s) q - (e m)   parts of 16
 * Q3_K  32 bytes of third bits, 64 of 2-bit q, 12 of 6-bit s, d        (d (s - 32)) (q - 4)       16
 * Q4_K  d, e, 12 bytes of 6-bit s and m, 128 of 4-bit q                (d s) q - (e m)            32
 * Q5_K  as Q4_K, with 32 bytes of fifth bits before the 4-bit q        (d s) q - (e m)            32
 * Q6_K  128 bytes of 4-bit q, 64 of 2 bits more, 16 signed s, d        (d s) (q - 32)             16
 * </pre>
 *
 * Within a byte the lower bits belong to the earlier elements, and neighbouring bytes to
 * neighbouring elements: a byte of 2-bit codes has elements that are 32 apart.
 */
record KBlocks(GgufType type) implements QuantisedBlocks {
  private static final int ELEMENTS = 256;
  private static final int PART = 32;
  private static final int HALF_PART = 16;

  /** Takes the sign of an F16 number. */
  private static final int SIGN = 0x8000;

  @Override
  public int part() {
    return type == GgufType.Q4_K || type == GgufType.Q5_K ? PART : HALF_PART;
  }

  @Override
  public List<Integer> values() {
    return switch (type) {
      case Q2_K, Q4_K -> LegacyBlocks.rising(0);
      case Q3_K -> LegacyBlocks.rising(-4);
      default -> List.of();
    };
  }

  @Override
  public boolean nested() {
    return true;
  }

  @Override
  public boolean hasOffsets() {
    return type == GgufType.Q2_K || type == GgufType.Q4_K || type == GgufType.Q5_K;
  }

  @Override
  public void codes(MemorySegment blocks, long block, byte[] out) {
    for (int part = 0; part < ELEMENTS / part(); part++) {
      switch (type) {
        case Q2_K -> q2(blocks, block, part, out);
        case Q3_K -> q3(blocks, block, part, out);
        case Q4_K -> q4(blocks, block, part, out);
        case Q5_K -> q5(blocks, block, part, out);
        case Q6_K -> q6(blocks, block, part, out);
        default -> throw new IllegalArgumentException("K blocks: got " + type);
      }
    }
  }

  @Override
  public short scaleBits(MemorySegment blocks, long block) {
    return switch (type) {
      case Q2_K -> blocks.get(Tensor.SHORT, block + 80);
      case Q3_K -> blocks.get(Tensor.SHORT, block + 108);
      case Q6_K -> blocks.get(Tensor.SHORT, block + 208);
      default -> blocks.get(Tensor.SHORT, block);
    };
  }

  @Override
  public int partScale(MemorySegment blocks, long block, int part) {
    return switch (type) {
      case Q2_K -> GgufBlocks.unsigned(blocks, block + part) & 0xF;
      case Q3_K -> sixBits(blocks, block + 96, part) - 32;
      case Q6_K -> blocks.get(Tensor.BYTE, block + 192 + part);
      default -> scale(blocks, block + 4, part);
    };
  }

  /** Minima are subtracted. */
  @Override
  public short offsetBits(MemorySegment blocks, long block) {
    return switch (type) {
      case Q2_K -> (short) (blocks.get(Tensor.SHORT, block + 82) ^ SIGN);
      case Q4_K, Q5_K -> (short) (blocks.get(Tensor.SHORT, block + 2) ^ SIGN);
      default -> 0;
    };
  }

  @Override
  public int partOffset(MemorySegment blocks, long block, int part) {
    return switch (type) {
      case Q2_K -> GgufBlocks.unsigned(blocks, block + part) >>> 4;
      case Q4_K, Q5_K -> minimum(blocks, block + 4, part);
      default -> 1;
    };
  }

  private static void q2(MemorySegment blocks, long block, int part, byte[] out) {
    long codes = block + 16 + twoBitCodes(part);
    int shift = twoBitShift(part);
    for (int j = 0; j < HALF_PART; j++) {
      int q = (GgufBlocks.unsigned(blocks, codes + j) >>> shift) & 3;
      out[part * HALF_PART + j] = (byte) q;
    }
  }

  /** Where the codes of a part of 16 begin: each 32 bytes hold four times 32 elements. */
  private static int twoBitCodes(int part) {
    return part / 8 * PART + part % 2 * HALF_PART;
  }

  private static int twoBitShift(int part) {
    return part % 8 / 2 * 2;
  }

  private static void q3(MemorySegment blocks, long block, int part, byte[] out) {
    long codes = block + 32 + twoBitCodes(part);
    long thirds = block + part % 2 * HALF_PART;
    int shift = twoBitShift(part);
    for (int j = 0; j < HALF_PART; j++) {
      int low = (GgufBlocks.unsigned(blocks, codes + j) >>> shift) & 3;
      int third = (GgufBlocks.unsigned(blocks, thirds + j) >>> (part / 2)) & 1;
      out[part * HALF_PART + j] = (byte) ((third << 2) | low);
    }
  }

  /** Scale i of 16 in Q3_K: four bits in the first eight bytes, two more in the last four. */
  private static int sixBits(MemorySegment blocks, long scales, int i) {
    int low = (GgufBlocks.unsigned(blocks, scales + i % 8) >>> (i / 8 * 4)) & 0xF;
    int high = (GgufBlocks.unsigned(blocks, scales + 8 + i % 4) >>> (i / 4 * 2)) & 3;
    return low | (high << 4);
  }

  private static void q4(MemorySegment blocks, long block, int part, byte[] out) {
    long codes = block + 16 + part / 2 * PART;
    int shift = part % 2 * 4;
    for (int j = 0; j < PART; j++) {
      int q = (GgufBlocks.unsigned(blocks, codes + j) >>> shift) & 0xF;
      out[part * PART + j] = (byte) q;
    }
  }

  private static void q5(MemorySegment blocks, long block, int part, byte[] out) {
    long codes = block + 48 + part / 2 * PART;
    int shift = part % 2 * 4;
    for (int j = 0; j < PART; j++) {
      int low = (GgufBlocks.unsigned(blocks, codes + j) >>> shift) & 0xF;
      int fifth = (GgufBlocks.unsigned(blocks, block + 16 + j) >>> part) & 1;
      out[part * PART + j] = (byte) ((fifth << 4) | low);
    }
  }

  /** Scale i of 8 in Q4_K and Q5_K: the later four borrow the upper bits of the earlier bytes. */
  private static int scale(MemorySegment blocks, long scales, int i) {
    return i < 4
        ? GgufBlocks.unsigned(blocks, scales + i) & 63
        : (GgufBlocks.unsigned(blocks, scales + i + 4) & 0xF)
            | ((GgufBlocks.unsigned(blocks, scales + i - 4) >>> 6) << 4);
  }

  private static int minimum(MemorySegment blocks, long scales, int i) {
    return i < 4
        ? GgufBlocks.unsigned(blocks, scales + i + 4) & 63
        : (GgufBlocks.unsigned(blocks, scales + i + 4) >>> 4)
            | ((GgufBlocks.unsigned(blocks, scales + i) >>> 6) << 4);
  }

  private static void q6(MemorySegment blocks, long block, int part, byte[] out) {
    int half = part / 8;
    int quarter = part % 8 / 2;
    int within = part % 2 * HALF_PART;
    long lows = block + half * 64 + quarter % 2 * PART + within;
    long highs = block + 128 + half * PART + within;
    for (int j = 0; j < HALF_PART; j++) {
      int low = (GgufBlocks.unsigned(blocks, lows + j) >>> (quarter / 2 * 4)) & 0xF;
      int high = (GgufBlocks.unsigned(blocks, highs + j) >>> (quarter * 2)) & 3;
      out[part * HALF_PART + j] = (byte) (((high << 4) | low) - 32);
    }
  }
}
