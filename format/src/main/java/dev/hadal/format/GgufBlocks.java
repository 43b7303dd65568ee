package dev.hadal.format;

import dev.hadal.numerics.BFloat16;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * The numbers that the blocks of GGUF tensors stand for, and blocks of numbers (ggml, ggml-common.h
 * for the layouts and ggml-quants.c for their meaning).
 *
 * <p>A block of a quantised type has an F16 scale, often an F16 minimum, and a few bits for each
 * element; the larger blocks have small integer scales for parts of them. Every value is an FP32
 * number: scale times scale, then times the element's integer, then minus the minimum, each step
 * rounded and none fused. So all readers of these files that follow the reference agree to the bit.
 */
public final class GgufBlocks {
  private GgufBlocks() {}

  /**
   * The values of whole blocks.
   *
   * @param blocks holds the blocks from {@code offset} on
   * @param elements a multiple of the type's block
   * @param out gets the values from {@code at} on
   * @throws IllegalArgumentException for a type that {@link GgufType#decodes} does not hold of
   */
  public static void decode(
      GgufType type, MemorySegment blocks, long offset, int elements, float[] out, int at) {
    requireWhole(type, elements);
    switch (type) {
      case F32 -> MemorySegment.copy(blocks, Tensor.FLOAT, offset, out, at, elements);
      case F16 -> {
        for (int i = 0; i < elements; i++) {
          out[at + i] = half(blocks, offset + 2L * i);
        }
      }
      case BF16 -> {
        for (int i = 0; i < elements; i++) {
          out[at + i] = BFloat16.decode(blocks.get(Tensor.SHORT, offset + 2L * i));
        }
      }
      default -> QuantisedBlocks.of(type).decode(blocks, offset, elements, out, at);
    }
  }

  /** Whether {@link #encode} makes blocks of the type. */
  public static boolean encodes(GgufType type) {
    return switch (type) {
      case F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0 -> true;
      default -> false;
    };
  }

  /**
   * Blocks of values, as the reference quantises them.
   *
   * @param elements a multiple of the type's block
   * @param blocks gets the blocks from {@code offset} on
   * @throws IllegalArgumentException for a type that {@link #encodes} does not hold of, or a value
   *     that is not finite in a quantised one
   */
  public static void encode(
      GgufType type, float[] values, int at, int elements, MemorySegment blocks, long offset) {
    requireWhole(type, elements);
    switch (type) {
      case F32 -> MemorySegment.copy(values, at, blocks, Tensor.FLOAT, offset, elements);
      case F16 -> {
        for (int i = 0; i < elements; i++) {
          blocks.set(Tensor.SHORT, offset + 2L * i, Float.floatToFloat16(values[at + i]));
        }
      }
      case BF16 -> {
        for (int i = 0; i < elements; i++) {
          blocks.set(Tensor.SHORT, offset + 2L * i, BFloat16.encode(values[at + i]));
        }
      }
      case Q4_0, Q4_1, Q5_0, Q5_1, Q8_0 ->
          LegacyEncoder.encode(type, values, at, elements, blocks, offset);
      default -> throw unsupported("encode", type);
    }
  }

  /** The F16 number at an offset. */
  static float half(MemorySegment blocks, long offset) {
    return Float.float16ToFloat(blocks.get(Tensor.SHORT, offset));
  }

  /** The unsigned byte at an offset. */
  static int unsigned(MemorySegment blocks, long offset) {
    return blocks.get(Tensor.BYTE, offset) & 0xFF;
  }

  private static void requireWhole(GgufType type, int elements) {
    if (!type.isSized() || elements % type.blockElements() != 0) {
      throw new IllegalArgumentException(
          "gguf blocks: expected whole blocks of %s, got %d elements".formatted(type, elements));
    }
  }

  private static IllegalArgumentException unsupported(String what, GgufType type) {
    return new IllegalArgumentException("gguf blocks: cannot %s %s".formatted(what, type));
  }
}
