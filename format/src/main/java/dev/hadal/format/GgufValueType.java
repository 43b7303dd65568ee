package dev.hadal.format;

import java.util.Optional;

/** The types of GGUF metadata by their number (ggml, docs/gguf.md, gguf_metadata_value_type). */
public enum GgufValueType {
  UINT8(0, 1),
  INT8(1, 1),
  UINT16(2, 2),
  INT16(3, 2),
  UINT32(4, 4),
  INT32(5, 4),
  FLOAT32(6, 4),
  BOOL(7, 1),
  STRING(8, 0),
  ARRAY(9, 0),
  UINT64(10, 8),
  INT64(11, 8),
  FLOAT64(12, 8);

  private static final GgufValueType[] BY_ID = values();

  private final int id;
  private final int bytes;

  GgufValueType(int id, int bytes) {
    this.id = id;
    this.bytes = bytes;
  }

  /** The type of a number in a file. */
  public static Optional<GgufValueType> of(long id) {
    return id >= 0 && id < BY_ID.length ? Optional.of(BY_ID[(int) id]) : Optional.empty();
  }

  /** The number in files. */
  public int id() {
    return id;
  }

  /** The bytes of one value, 0 where they differ from value to value. */
  public int bytes() {
    return bytes;
  }

  /** Whether values are integers. */
  public boolean isInteger() {
    return switch (this) {
      case UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64 -> true;
      case FLOAT32, FLOAT64, BOOL, STRING, ARRAY -> false;
    };
  }

  /** Whether values are floating-point numbers. */
  public boolean isReal() {
    return this == FLOAT32 || this == FLOAT64;
  }
}
