package dev.hadal.format;

import java.util.Arrays;
import java.util.Optional;

/**
 * The element types of GGUF tensors by their number (ggml, ggml.h, enum ggml_type). A quantised
 * type stores a row in blocks of a fixed number of elements. Every number that was ever given is
 * named here, so that a file with a type that cannot be read is refused by the type's name.
 */
public enum GgufType {
  F32(0, 1, 4, true),
  F16(1, 1, 2, true),
  Q4_0(2, 32, 18, true),
  Q4_1(3, 32, 20, true),
  Q4_2(4),
  Q4_3(5),
  Q5_0(6, 32, 22, true),
  Q5_1(7, 32, 24, true),
  Q8_0(8, 32, 34, true),
  Q8_1(9, 32, 36, false),
  Q2_K(10, 256, 84, true),
  Q3_K(11, 256, 110, true),
  Q4_K(12, 256, 144, true),
  Q5_K(13, 256, 176, true),
  Q6_K(14, 256, 210, true),
  Q8_K(15, 256, 292, false),
  IQ2_XXS(16, 256, 66, false),
  IQ2_XS(17, 256, 74, false),
  IQ3_XXS(18, 256, 98, false),
  IQ1_S(19, 256, 50, false),
  IQ4_NL(20, 32, 18, true),
  IQ3_S(21, 256, 110, false),
  IQ2_S(22, 256, 82, false),
  IQ4_XS(23, 256, 136, true),
  I8(24, 1, 1, false),
  I16(25, 1, 2, false),
  I32(26, 1, 4, false),
  I64(27, 1, 8, false),
  F64(28, 1, 8, false),
  IQ1_M(29, 256, 56, false),
  BF16(30, 1, 2, true),
  Q4_0_4_4(31),
  Q4_0_4_8(32),
  Q4_0_8_8(33),
  TQ1_0(34, 256, 54, false),
  TQ2_0(35, 256, 66, false),
  IQ4_NL_4_4(36),
  IQ4_NL_4_8(37),
  IQ4_NL_8_8(38),
  MXFP4(39, 32, 17, true),
  NVFP4(40),
  Q1_0(41),
  Q2_0(42);

  private static final GgufType[] BY_ID = values();

  private final int id;
  private final int blockElements;
  private final int blockBytes;
  private final boolean decodes;

  GgufType(int id, int blockElements, int blockBytes, boolean decodes) {
    this.id = id;
    this.blockElements = blockElements;
    this.blockBytes = blockBytes;
    this.decodes = decodes;
  }

  /** A type that is known by name only: withdrawn, or of a layout that is not read here. */
  GgufType(int id) {
    this(id, 0, 0, false);
  }

  /** The type of a number in a file. */
  public static Optional<GgufType> of(long id) {
    return id >= 0 && id < BY_ID.length ? Optional.of(BY_ID[(int) id]) : Optional.empty();
  }

  /** The number in files. */
  public int id() {
    return id;
  }

  /** Whether the size of a tensor of this type is known here. */
  public boolean isSized() {
    return blockBytes > 0;
  }

  /** The number of elements of a block, 1 for types without blocks. */
  public int blockElements() {
    return blockElements;
  }

  /** The bytes of a block. */
  public int blockBytes() {
    return blockBytes;
  }

  /** Whether {@link GgufBlocks#decode} takes the type. */
  public boolean decodes() {
    return decodes;
  }

  /** The types that {@link GgufBlocks#decode} takes, for messages. */
  public static String decodable() {
    return Arrays.stream(BY_ID).filter(GgufType::decodes).toList().toString();
  }

  /**
   * The bytes of so many elements.
   *
   * @param elements a multiple of {@link #blockElements}
   * @throws ArithmeticException if no long holds it
   */
  public long bytes(long elements) {
    return Math.multiplyExact(elements / blockElements, (long) blockBytes);
  }
}
