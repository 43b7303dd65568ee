package dev.hadal.format;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rows of a quantised GGUF tensor as the integers they are: {@code value * scale + offset}, where
 * value is the code or its entry in the table. Numbers belong to 32 elements, or are nested: one
 * for 256 elements times an integer for each part of 16 or 32.
 *
 * @param codes I8 [R, C]
 * @param values of codes 0 to 15; empty where codes are the values
 * @param part elements that share a number
 * @param scales F16 or BF16 [R, C / 32], nested F16 [R, C / 256]
 * @param partScales I8 [R, C / part]; null where not nested
 * @param offsets as scales; null if there are none
 * @param partOffsets as partScales
 */
public record GgufIntegers(
    Tensor codes,
    List<Integer> values,
    int part,
    Tensor scales,
    @Nullable Tensor partScales,
    @Nullable Tensor offsets,
    @Nullable Tensor partOffsets) {

  /** Whether a type is one of integers in blocks. */
  public static boolean holds(GgufType type) {
    return type.decodes() && type.blockElements() > 1;
  }

  /**
   * What a type's integers are.
   *
   * @param nibbles whether codes are 0 to 15
   * @param part elements that share a number
   * @param nested whether a part's number is a product
   * @param number the type of a block's numbers
   * @param offsets whether there are offsets
   */
  public record Layout(boolean nibbles, int part, boolean nested, DType number, boolean offsets) {}

  /** The layout of a type that {@link #holds} is true of. */
  public static Layout layout(GgufType type) {
    QuantisedBlocks blocks = QuantisedBlocks.of(type);
    return new Layout(
        !blocks.values().isEmpty(),
        blocks.part(),
        blocks.nested(),
        blocks.numberType(),
        blocks.hasOffsets());
  }

  /** Memory for rows of a type. */
  public static GgufIntegers allocate(GgufType type, long rows, long columns, Workspace memory) {
    QuantisedBlocks blocks = QuantisedBlocks.of(type);
    long wide = columns / type.blockElements();
    long narrow = columns / blocks.part();
    boolean offsets = blocks.hasOffsets();
    boolean nested = blocks.nested();
    return new GgufIntegers(
        memory.take(DType.I8, rows, columns),
        blocks.values(),
        blocks.part(),
        memory.take(blocks.numberType(), rows, wide),
        nested ? memory.take(DType.I8, rows, narrow) : null,
        offsets ? memory.take(blocks.numberType(), rows, wide) : null,
        offsets && nested ? memory.take(DType.I8, rows, narrow) : null);
  }

  /**
   * Fills some rows.
   *
   * @param data the tensor's blocks
   * @param at offset of row {@code from}
   * @return whether all numbers are finite
   */
  public boolean fill(GgufType type, MemorySegment data, long at, int from, int to) {
    QuantisedBlocks blocks = QuantisedBlocks.of(type);
    int size = type.blockElements();
    int perRow = codes.columns() / size;
    byte[] block = new byte[size];
    boolean finite = true;
    for (int row = from; row < to; row++) {
      for (int i = 0; i < perRow; i++) {
        long source = at + ((long) (row - from) * perRow + i) * type.blockBytes();
        long index = (long) row * perRow + i;
        blocks.codes(data, source, block);
        MemorySegment.copy(block, 0, codes.data(), Tensor.BYTE, index * size, size);
        finite &= set(blocks, scales, index, blocks.scaleBits(data, source));
        if (offsets != null) {
          finite &= set(blocks, offsets, index, blocks.offsetBits(data, source));
        }
        int parts = size / part;
        for (int p = 0; p < parts; p++) {
          if (partScales != null) {
            byte number = (byte) blocks.partScale(data, source, p);
            partScales.data().set(Tensor.BYTE, index * parts + p, number);
          }
          if (partOffsets != null) {
            byte number = (byte) blocks.partOffset(data, source, p);
            partOffsets.data().set(Tensor.BYTE, index * parts + p, number);
          }
        }
      }
    }
    return finite;
  }

  private static boolean set(QuantisedBlocks blocks, Tensor numbers, long index, short bits) {
    numbers.data().set(Tensor.SHORT, 2 * index, bits);
    return Float.isFinite(blocks.number(bits));
  }
}
