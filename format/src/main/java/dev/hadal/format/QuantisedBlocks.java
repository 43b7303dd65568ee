package dev.hadal.format;

import dev.hadal.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The blocks of a quantised GGUF type as integers with numbers for parts of them: {@code value *
 * scale + offset}. A number of a part is that of its block, or that times a small integer of the
 * part, a product which FP32 holds.
 */
sealed interface QuantisedBlocks permits LegacyBlocks, KBlocks, TableBlocks {
  /** The type. */
  GgufType type();

  /** Elements of a part, 16 or 32. */
  int part();

  /** The values of codes 0 to 15; empty where codes are the values. */
  List<Integer> values();

  /** Whether parts have integers by which the block's numbers are multiplied. */
  boolean nested();

  /** Whether there are offsets. */
  boolean hasOffsets();

  /** The codes of a block. */
  void codes(MemorySegment blocks, long block, byte[] out);

  /** Bits of the scale of a block, of the type {@link #numberType}. */
  short scaleBits(MemorySegment blocks, long block);

  /** The integer of a part's scale; 1 where there is none. */
  int partScale(MemorySegment blocks, long block, int part);

  /** Bits of the offset of a block; 0 where there are none. */
  short offsetBits(MemorySegment blocks, long block);

  /** The integer of a part's offset; 1 where there is none. */
  int partOffset(MemorySegment blocks, long block, int part);

  /** F16 or BF16. */
  default DType numberType() {
    return DType.F16;
  }

  /** The value of a number of blocks. */
  default float number(short bits) {
    return numberType() == DType.F16
        ? Float.float16ToFloat(bits)
        : Float.intBitsToFloat(bits << Short.SIZE);
  }

  /** The blocks of a type. */
  static QuantisedBlocks of(GgufType type) {
    return switch (type) {
      case Q4_0, Q4_1, Q5_0, Q5_1, Q8_0 -> new LegacyBlocks(type);
      case Q2_K, Q3_K, Q4_K, Q5_K, Q6_K -> new KBlocks(type);
      case IQ4_NL, IQ4_XS, MXFP4 -> new TableBlocks(type);
      default -> throw new IllegalArgumentException("gguf blocks: cannot decode " + type);
    };
  }

  /** The FP32 values of whole blocks: each step rounded, none fused. */
  default void decode(MemorySegment blocks, long offset, int elements, float[] out, int at) {
    int size = type().blockElements();
    byte[] codes = new byte[size];
    List<Integer> values = values();
    for (int i = 0; i < elements / size; i++) {
      long block = offset + (long) i * type().blockBytes();
      codes(blocks, block, codes);
      float scale = number(scaleBits(blocks, block));
      float minimum = number(offsetBits(blocks, block));
      for (int part = 0; part < size / part(); part++) {
        float partScale = scale * partScale(blocks, block, part);
        float partOffset = minimum * partOffset(blocks, block, part);
        for (int j = part * part(); j < (part + 1) * part(); j++) {
          int value = values.isEmpty() ? codes[j] : values.get(codes[j]);
          float product = partScale * value;
          out[at + i * size + j] = hasOffsets() ? product + partOffset : product;
        }
      }
    }
  }
}
