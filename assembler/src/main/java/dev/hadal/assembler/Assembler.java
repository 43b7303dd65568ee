package dev.hadal.assembler;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.EnumSet;
import java.util.Set;

/**
 * Writes machine code, one method call for each instruction, in the order of the manual's operands:
 * the destination first. See the package's page for the lesson.
 *
 * <p>An assembler is used by one thread, once; {@link #finish} gives the code.
 */
public final class Assembler
    implements MoveInstructions,
        FloatInstructions,
        DotInstructions,
        IntegerInstructions,
        PermutationInstructions,
        ConversionInstructions,
        MaskInstructions,
        GeneralInstructions,
        FlowInstructions {
  /** The processor's recommended instructions that do nothing, by their bytes. */
  private static final int[][] NOTHING = {
    {0x90},
    {0x66, 0x90},
    {0x0F, 0x1F, 0x00},
    {0x0F, 0x1F, 0x40, 0x00},
    {0x0F, 0x1F, 0x44, 0x00, 0x00},
    {0x66, 0x0F, 0x1F, 0x44, 0x00, 0x00},
    {0x0F, 0x1F, 0x80, 0x00, 0x00, 0x00, 0x00},
    {0x0F, 0x1F, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00},
  };

  private final CodeBuffer buffer = new CodeBuffer();
  private final Set<CpuFeature> required = EnumSet.noneOf(CpuFeature.class);

  @Override
  public CodeBuffer buffer() {
    return buffer;
  }

  @Override
  public void require(CpuFeature feature) {
    required.add(feature);
  }

  @Override
  public void encode(Instruction row, VectorOperands operands) {
    if (operands.broadcast() && !row.tuple().canBroadcast()) {
      throw new IllegalArgumentException(row + " cannot broadcast");
    }
    CpuFeature vex = row.vexFeature();
    if (vex != null && VexEncoder.fits(row, operands)) {
      require(vex);
      VexEncoder.encode(buffer, row, operands);
      return;
    }
    require(row.evexFeature());
    require(CpuFeature.AVX512F);
    if (operands.length() < 64) {
      require(CpuFeature.AVX512VL);
    }
    EvexEncoder.encode(buffer, row, operands);
  }

  /**
   * Goes on at a multiple of some bytes: for heads of loops, and 64 for constants that aligned
   * loads read.
   *
   * @param bytes a power of two up to {@value CodePages#ALIGNMENT}
   */
  public void align(int bytes) {
    if (Integer.bitCount(bytes) != 1 || bytes > CodePages.ALIGNMENT) {
      throw new IllegalArgumentException(
          "bytes: expected a power of two up to " + CodePages.ALIGNMENT + ", found " + bytes);
    }
    int missing = -buffer.size() & (bytes - 1);
    while (missing > 0) {
      int[] nothing = NOTHING[Math.min(missing, NOTHING.length) - 1];
      for (int value : nothing) {
        buffer.putByte(value);
      }
      missing -= nothing.length;
    }
  }

  /** Constants, to be placed where the code never runs: behind its {@code ret}. */
  public void data(byte... values) {
    buffer.put(values);
  }

  /** 32-bit constants. */
  public void data(int... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asIntBuffer().put(values);
    buffer.put(bytes.array());
  }

  /** FP32 constants. */
  public void data(float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    buffer.put(bytes.array());
  }

  /**
   * The code.
   *
   * @throws AssemblerException if it jumps to a label that was never bound
   */
  public MachineCode finish() {
    return new MachineCode(buffer.finish(), required);
  }
}
