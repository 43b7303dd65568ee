package dev.hadal.tensor;

/** The element types a {@link Tensor} can hold, with the names that safetensors files use. */
public enum DType {
  /** IEEE 754 binary64. */
  F64("F64", 8),
  /** IEEE 754 binary32. */
  F32("F32", 4),
  /** IEEE 754 binary16. */
  F16("F16", 2),
  /** The upper half of binary32. */
  BF16("BF16", 2),
  /** OCP FP8 E4M3 without infinities. */
  F8_E4M3("F8_E4M3", 1),
  /** OCP FP8 E5M2. */
  F8_E5M2("F8_E5M2", 1),
  /** Signed 64-bit integers. */
  I64("I64", 8),
  /** Signed 32-bit integers. */
  I32("I32", 4),
  /** Signed 16-bit integers; also the storage of 12-bit E5M6 codes. */
  I16("I16", 2),
  /** Unsigned 64-bit integers. */
  U64("U64", 8),
  /** Unsigned 32-bit integers. */
  U32("U32", 4),
  /** Unsigned 16-bit integers. */
  U16("U16", 2),
  /** Signed bytes. */
  I8("I8", 1),
  /** Unsigned bytes. */
  U8("U8", 1),
  /** One byte a truth value. */
  BOOL("BOOL", 1);

  private final String safetensorsName;
  private final int bytes;

  DType(String safetensorsName, int bytes) {
    this.safetensorsName = safetensorsName;
    this.bytes = bytes;
  }

  /** The name that the safetensors format uses. */
  public String safetensorsName() {
    return safetensorsName;
  }

  /** The size of one element in bytes. */
  public int bytes() {
    return bytes;
  }

  /** Whether kernels compute in this type: F32, or F64 in the reference. */
  public boolean isCompute() {
    return this == F32 || this == F64;
  }
}
