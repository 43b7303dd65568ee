package dev.hadal.format;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

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
record TableBlocks(GgufType type) implements QuantisedBlocks {
  private static final List<Integer> NON_LINEAR =
      List.of(-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113);

  private static final List<Integer> TWICE_E2M1 =
      List.of(0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12);

  private static final int PART = 32;
  private static final int HALF = PART / 2;

  @Override
  public int part() {
    return PART;
  }

  @Override
  public List<Integer> values() {
    return type == GgufType.MXFP4 ? TWICE_E2M1 : NON_LINEAR;
  }

  @Override
  public boolean nested() {
    return type == GgufType.IQ4_XS;
  }

  @Override
  public boolean hasOffsets() {
    return false;
  }

  @Override
  public DType numberType() {
    return type == GgufType.MXFP4 ? DType.BF16 : DType.F16;
  }

  @Override
  public void codes(MemorySegment blocks, long block, byte[] out) {
    long first = block + type.blockBytes() - type.blockElements() / 2;
    for (int part = 0; part < type.blockElements() / PART; part++) {
      for (int j = 0; j < HALF; j++) {
        int pair = GgufBlocks.unsigned(blocks, first + part * HALF + j);
        out[part * PART + j] = (byte) (pair & 0xF);
        out[part * PART + HALF + j] = (byte) (pair >>> 4);
      }
    }
  }

  @Override
  public short scaleBits(MemorySegment blocks, long block) {
    return type == GgufType.MXFP4
        ? halfScale(GgufBlocks.unsigned(blocks, block))
        : blocks.get(Tensor.SHORT, block);
  }

  /** 2^(x - 128) in BF16. */
  private static short halfScale(int x) {
    return (short) (x == 255 ? 0x7FC0 : x < 2 ? 0x20 << x : (x - 1) << 7);
  }

  @Override
  public int partScale(MemorySegment blocks, long block, int part) {
    if (type != GgufType.IQ4_XS) {
      return 1;
    }
    int highs = blocks.get(Tensor.SHORT, block + 2) & 0xFFFF;
    int low = (GgufBlocks.unsigned(blocks, block + 4 + part / 2) >>> (part % 2 * 4)) & 0xF;
    return (low | ((highs >>> (part * 2)) & 3) << 4) - 32;
  }

  @Override
  public short offsetBits(MemorySegment blocks, long block) {
    return 0;
  }

  @Override
  public int partOffset(MemorySegment blocks, long block, int part) {
    return 1;
  }
}
