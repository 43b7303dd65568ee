package dev.hadal.format;

import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * Quantises to the types of {@link LegacyBlocks} with the bits of gguf-py (quants.py): the scale is
 * used unrounded for the elements and stored as F16.
 *
 * <pre>
 * Q8_0        d = largest magnitude / 127              q = x / d, ties away from zero
 * Q4_0, Q5_0  d = value of largest magnitude / -8, -16 q = floor of x / d + 8.5, 16.5
 * Q4_1, Q5_1  d = (largest - least) / 15, 31           q = floor of (x - least) / d + 0.5
 * </pre>
 */
final class LegacyEncoder {
  private static final int ELEMENTS = LegacyBlocks.ELEMENTS;
  private static final int HALF = LegacyBlocks.HALF;

  private LegacyEncoder() {}

  static void encode(
      GgufType type, float[] values, int at, int elements, MemorySegment blocks, long offset) {
    for (int i = 0; i < elements; i++) {
      if (!Float.isFinite(values[at + i])) {
        throw new IllegalArgumentException(
            "gguf blocks: expected finite values for %s, got %s".formatted(type, values[at + i]));
      }
    }
    int[] codes = new int[ELEMENTS];
    for (int i = 0; i < elements / ELEMENTS; i++) {
      int from = at + i * ELEMENTS;
      long block = offset + (long) i * type.blockBytes();
      switch (type) {
        case Q8_0 -> bytes(values, from, blocks, block);
        case Q4_0 -> {
          centred(values, from, 8, codes, blocks, block);
          nibbles(codes, blocks, block + 2);
        }
        case Q5_0 -> {
          centred(values, from, 16, codes, blocks, block);
          fifthBits(codes, blocks, block + 2);
          nibbles(codes, blocks, block + 6);
        }
        case Q4_1 -> {
          ranged(values, from, 15, codes, blocks, block);
          nibbles(codes, blocks, block + 4);
        }
        case Q5_1 -> {
          ranged(values, from, 31, codes, blocks, block);
          fifthBits(codes, blocks, block + 4);
          nibbles(codes, blocks, block + 8);
        }
        default -> throw new IllegalArgumentException("legacy blocks: got " + type);
      }
    }
  }

  private static void putHalf(MemorySegment blocks, long offset, float value) {
    blocks.set(Tensor.SHORT, offset, Float.floatToFloat16(value));
  }

  private static float inverse(float d) {
    return d == 0 ? 0 : 1 / d;
  }

  private static void bytes(float[] values, int from, MemorySegment blocks, long block) {
    float largest = 0;
    for (int j = 0; j < ELEMENTS; j++) {
      largest = Math.max(largest, Math.abs(values[from + j]));
    }
    float d = largest / 127;
    float inverse = inverse(d);
    putHalf(blocks, block, d);
    for (int j = 0; j < ELEMENTS; j++) {
      float scaled = values[from + j] * inverse;
      float magnitude = Math.abs(scaled);
      int floor = (int) magnitude;
      int rounded = floor + (int) (2 * (magnitude - floor));
      blocks.set(Tensor.BYTE, block + 2 + j, (byte) (scaled < 0 ? -rounded : rounded));
    }
  }

  private static void centred(
      float[] values, int from, int zero, int[] codes, MemorySegment blocks, long block) {
    float extreme = values[from];
    for (int j = 1; j < ELEMENTS; j++) {
      if (Math.abs(values[from + j]) > Math.abs(extreme)) {
        extreme = values[from + j];
      }
    }
    float d = extreme / -zero;
    float inverse = inverse(d);
    putHalf(blocks, block, d);
    for (int j = 0; j < ELEMENTS; j++) {
      // In binary64 up to the last step, as there: a product that is rounded first may cross a
      // half.
      double shifted = (double) values[from + j] * inverse + (zero + 0.5);
      codes[j] = Math.min((int) (float) shifted, 2 * zero - 1);
    }
  }

  private static void ranged(
      float[] values, int from, int steps, int[] codes, MemorySegment blocks, long block) {
    float least = values[from];
    float largest = values[from];
    for (int j = 1; j < ELEMENTS; j++) {
      least = Math.min(least, values[from + j]);
      largest = Math.max(largest, values[from + j]);
    }
    float d = (largest - least) / steps;
    float inverse = inverse(d);
    putHalf(blocks, block, d);
    putHalf(blocks, block + 2, least);
    for (int j = 0; j < ELEMENTS; j++) {
      codes[j] = Math.min((int) ((values[from + j] - least) * inverse + 0.5f), steps);
    }
  }

  private static void fifthBits(int[] codes, MemorySegment blocks, long offset) {
    int bits = 0;
    for (int j = 0; j < ELEMENTS; j++) {
      bits |= (codes[j] >>> 4) << j;
    }
    blocks.set(Tensor.INT, offset, bits);
  }

  private static void nibbles(int[] codes, MemorySegment blocks, long offset) {
    for (int j = 0; j < HALF; j++) {
      int pair = (codes[j] & 0xF) | ((codes[j + HALF] & 0xF) << 4);
      blocks.set(Tensor.BYTE, offset + j, (byte) pair);
    }
  }
}
