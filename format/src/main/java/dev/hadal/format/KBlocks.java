package dev.hadal.format;

import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;

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
final class KBlocks {
  private static final int ELEMENTS = 256;
  private static final int PART = 32;
  private static final int HALF_PART = 16;

  private KBlocks() {}

  static void decode(
      GgufType type, MemorySegment blocks, long offset, int elements, float[] out, int at) {
    for (int i = 0; i < elements / ELEMENTS; i++) {
      long block = offset + (long) i * type.blockBytes();
      int to = at + i * ELEMENTS;
      switch (type) {
        case Q2_K -> q2(blocks, block, out, to);
        case Q3_K -> q3(blocks, block, out, to);
        case Q4_K -> q4(blocks, block, out, to);
        case Q5_K -> q5(blocks, block, out, to);
        case Q6_K -> q6(blocks, block, out, to);
        default -> throw new IllegalArgumentException("K blocks: got " + type);
      }
    }
  }

  private static void q2(MemorySegment blocks, long block, float[] out, int to) {
    float d = GgufBlocks.half(blocks, block + 80);
    float e = GgufBlocks.half(blocks, block + 82);
    for (int part = 0; part < ELEMENTS / HALF_PART; part++) {
      int both = GgufBlocks.unsigned(blocks, block + part);
      float scale = d * (both & 0xF);
      float minimum = e * (both >>> 4);
      long codes = block + 16 + twoBitCodes(part);
      int shift = twoBitShift(part);
      int from = to + part * HALF_PART;
      for (int j = 0; j < HALF_PART; j++) {
        int q = (GgufBlocks.unsigned(blocks, codes + j) >>> shift) & 3;
        out[from + j] = scale * q - minimum;
      }
    }
  }

  /** Where the codes of a part of 16 begin: each 32 bytes hold four times 32 elements. */
  private static int twoBitCodes(int part) {
    return part / 8 * PART + part % 2 * HALF_PART;
  }

  private static int twoBitShift(int part) {
    return part % 8 / 2 * 2;
  }

  private static void q3(MemorySegment blocks, long block, float[] out, int to) {
    float d = GgufBlocks.half(blocks, block + 108);
    for (int part = 0; part < ELEMENTS / HALF_PART; part++) {
      float scale = d * (sixBits(blocks, block + 96, part) - 32);
      long codes = block + 32 + twoBitCodes(part);
      long thirds = block + part % 2 * HALF_PART;
      int shift = twoBitShift(part);
      int from = to + part * HALF_PART;
      for (int j = 0; j < HALF_PART; j++) {
        int low = (GgufBlocks.unsigned(blocks, codes + j) >>> shift) & 3;
        int third = (GgufBlocks.unsigned(blocks, thirds + j) >>> (part / 2)) & 1;
        out[from + j] = scale * (((third << 2) | low) - 4);
      }
    }
  }

  /** Scale i of 16 in Q3_K: four bits in the first eight bytes, two more in the last four. */
  private static int sixBits(MemorySegment blocks, long scales, int i) {
    int low = (GgufBlocks.unsigned(blocks, scales + i % 8) >>> (i / 8 * 4)) & 0xF;
    int high = (GgufBlocks.unsigned(blocks, scales + 8 + i % 4) >>> (i / 4 * 2)) & 3;
    return low | (high << 4);
  }

  private static void q4(MemorySegment blocks, long block, float[] out, int to) {
    float d = GgufBlocks.half(blocks, block);
    float e = GgufBlocks.half(blocks, block + 2);
    for (int part = 0; part < ELEMENTS / PART; part++) {
      float scale = d * scale(blocks, block + 4, part);
      float minimum = e * minimum(blocks, block + 4, part);
      long codes = block + 16 + part / 2 * PART;
      int shift = part % 2 * 4;
      int from = to + part * PART;
      for (int j = 0; j < PART; j++) {
        int q = (GgufBlocks.unsigned(blocks, codes + j) >>> shift) & 0xF;
        out[from + j] = scale * q - minimum;
      }
    }
  }

  private static void q5(MemorySegment blocks, long block, float[] out, int to) {
    float d = GgufBlocks.half(blocks, block);
    float e = GgufBlocks.half(blocks, block + 2);
    for (int part = 0; part < ELEMENTS / PART; part++) {
      float scale = d * scale(blocks, block + 4, part);
      float minimum = e * minimum(blocks, block + 4, part);
      long codes = block + 48 + part / 2 * PART;
      int shift = part % 2 * 4;
      int from = to + part * PART;
      for (int j = 0; j < PART; j++) {
        int low = (GgufBlocks.unsigned(blocks, codes + j) >>> shift) & 0xF;
        int fifth = (GgufBlocks.unsigned(blocks, block + 16 + j) >>> part) & 1;
        out[from + j] = scale * ((fifth << 4) | low) - minimum;
      }
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

  private static void q6(MemorySegment blocks, long block, float[] out, int to) {
    float d = GgufBlocks.half(blocks, block + 208);
    for (int part = 0; part < ELEMENTS / HALF_PART; part++) {
      float scale = d * blocks.get(Tensor.BYTE, block + 192 + part);
      int half = part / 8;
      int quarter = part % 8 / 2;
      int within = part % 2 * HALF_PART;
      long lows = block + half * 64 + quarter % 2 * PART + within;
      long highs = block + 128 + half * PART + within;
      int from = to + part * HALF_PART;
      for (int j = 0; j < HALF_PART; j++) {
        int low = (GgufBlocks.unsigned(blocks, lows + j) >>> (quarter / 2 * 4)) & 0xF;
        int high = (GgufBlocks.unsigned(blocks, highs + j) >>> (quarter * 2)) & 3;
        out[from + j] = scale * (((high << 4) | low) - 32);
      }
    }
  }
}
