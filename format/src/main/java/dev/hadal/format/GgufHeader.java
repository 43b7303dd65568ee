package dev.hadal.format;

import dev.hadal.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The header of a GGUF file, checked in full before any tensor is touched (ggml, docs/gguf.md).
 *
 * <p>A file is the letters GGUF, a version, two counts, pairs of key and typed value, for each
 * tensor its name, extents (innermost first), type and offset, and the data, which begins at the
 * next multiple of the alignment. Versions 2 and 3 differ in nothing but that 3 may be big-endian,
 * which is refused. Sorted by offset each tensor begins at the first multiple of the alignment
 * after the one before, and nothing but padding follows the last, so no byte belongs to two tensors
 * or to none.
 *
 * @param version 2 or 3
 * @param alignment of the data, in bytes
 * @param metadata the pairs
 * @param tensors by name, in the order of their data
 * @param dataBegin the first byte of the data
 */
record GgufHeader(
    int version,
    long alignment,
    GgufMetadata metadata,
    Map<String, GgufTensor> tensors,
    long dataBegin) {
  static final int MAGIC = 0x46554747;
  static final int LATEST = 3;
  static final String ALIGNMENT = "general.alignment";
  static final int DEFAULT_ALIGNMENT = 32;

  private static final int OLDEST = 2;
  private static final long LARGEST_ALIGNMENT = 1 << 20;
  private static final long LONGEST_KEY = 65_535;
  private static final long LONGEST_NAME = 64;
  private static final int MOST_AXES = 4;

  /** A key of one byte with its length, a type, a value of one byte. */
  private static final long LEAST_PAIR = 8 + 1 + 4 + 1;

  /** A name of one byte with its length, a number of axes, a type, an offset. */
  private static final long LEAST_TENSOR = 8 + 1 + 4 + 4 + 8;

  static GgufHeader parse(String file, MemorySegment bytes) {
    GgufCursor cursor = new GgufCursor(file, bytes);
    int magic = cursor.readInt("magic");
    if (magic != MAGIC) {
      throw cursor.error(
          "magic", "expected the letters GGUF, found the bytes %08x".formatted(magic));
    }
    int version = cursor.readInt("version");
    if (Integer.reverseBytes(version) >= OLDEST && Integer.reverseBytes(version) <= LATEST) {
      throw cursor.error("version", "expected a little-endian file, found a big-endian one");
    }
    if (version < OLDEST || version > LATEST) {
      throw cursor.error("version", "expected 2 or 3, found " + Integer.toUnsignedString(version));
    }
    long tensorCount = cursor.readCount("number of tensors", LEAST_TENSOR);
    long pairCount = cursor.readCount("number of metadata pairs", LEAST_PAIR);
    GgufMetadata metadata = readMetadata(file, cursor, pairCount);
    long alignment = alignment(metadata);
    List<GgufTensor> tensors = readTensors(cursor, tensorCount);
    long dataBegin = alignUp(cursor.position(), alignment);
    // Without tensors nothing needs the padding, and some writers leave it out.
    long dataBytes = tensors.isEmpty() ? 0 : bytes.byteSize() - dataBegin;
    return new GgufHeader(
        version, alignment, metadata, contiguous(cursor, tensors, alignment, dataBytes), dataBegin);
  }

  /** The next multiple of a power of two. */
  static long alignUp(long position, long alignment) {
    return Math.addExact(position, alignment - 1) & -alignment;
  }

  private static GgufMetadata readMetadata(String file, GgufCursor cursor, long count) {
    Map<String, GgufValue> values = new LinkedHashMap<>();
    for (long i = 0; i < count; i++) {
      String key = cursor.readText("key " + i, LONGEST_KEY);
      if (key.isEmpty()) {
        throw cursor.error("key " + i, "expected at least one byte, found none");
      }
      if (values.put(key, readValue(file, cursor, key)) != null) {
        throw cursor.error(key, "the key occurs twice");
      }
    }
    return new GgufMetadata(file, values);
  }

  private static GgufValueType readType(GgufCursor cursor, String key) {
    long id = cursor.readUnsignedInt(key);
    return GgufValueType.of(id)
        .orElseThrow(() -> cursor.error(key, "type: expected 0 to 12, found " + id));
  }

  private static GgufValue readValue(String file, GgufCursor cursor, String key) {
    GgufValueType type = readType(cursor, key);
    return type == GgufValueType.ARRAY
        ? readArray(file, cursor, key)
        : readScalar(cursor, key, type);
  }

  private static GgufArray readArray(String file, GgufCursor cursor, String key) {
    GgufValueType type = readType(cursor, key);
    if (type == GgufValueType.ARRAY) {
      throw cursor.error(key, "expected an array of plain values, found one of arrays");
    }
    boolean texts = type == GgufValueType.STRING;
    long size = cursor.readCount(key, texts ? Long.BYTES : type.bytes());
    if (size > Integer.MAX_VALUE) {
      throw cursor.error(key, "expected at most 2^31 - 1 elements, found " + size);
    }
    long begin = cursor.position();
    if (texts) {
      for (long i = 0; i < size; i++) {
        cursor.skipText(key);
      }
    } else {
      cursor.read(key, size * type.bytes());
    }
    String place = file + ": " + Quoting.printable(key);
    return new GgufArray(place, type, (int) size, cursor.since(begin));
  }

  static GgufValue.Scalar readScalar(GgufCursor cursor, String place, GgufValueType type) {
    return switch (type) {
      case UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64 ->
          new GgufValue.Whole(type, readInteger(cursor, place, type));
      case FLOAT32 -> GgufValue.Real.of(Float.intBitsToFloat(cursor.readInt(place)));
      case FLOAT64 -> new GgufValue.Real(type, Double.longBitsToDouble(cursor.readLong(place)));
      case BOOL -> readTruth(cursor, place);
      case STRING -> new GgufValue.Text(cursor.readText(place, GgufCursor.LONGEST_TEXT));
      case ARRAY -> throw new IllegalArgumentException("gguf value: an array is no scalar");
    };
  }

  static long readInteger(GgufCursor cursor, String place, GgufValueType type) {
    return switch (type) {
      case UINT8 -> Byte.toUnsignedLong(cursor.readByte(place));
      case INT8 -> cursor.readByte(place);
      case UINT16 -> Short.toUnsignedLong(cursor.readShort(place));
      case INT16 -> cursor.readShort(place);
      case UINT32 -> cursor.readUnsignedInt(place);
      case INT32 -> cursor.readInt(place);
      case UINT64, INT64 -> cursor.readLong(place);
      case FLOAT32, FLOAT64, BOOL, STRING, ARRAY ->
          throw new IllegalArgumentException("gguf value: " + type + " is no integer type");
    };
  }

  private static GgufValue.Truth readTruth(GgufCursor cursor, String place) {
    byte value = cursor.readByte(place);
    if (value != 0 && value != 1) {
      throw cursor.error(place, "expected 0 or 1 for a truth value, found " + value);
    }
    return new GgufValue.Truth(value == 1);
  }

  private static long alignment(GgufMetadata metadata) {
    int alignment = metadata.getInt(ALIGNMENT, DEFAULT_ALIGNMENT);
    if (alignment < 1 || alignment > LARGEST_ALIGNMENT || Integer.bitCount(alignment) != 1) {
      throw metadata.error(
          ALIGNMENT,
          "expected a power of two up to %d, found %d".formatted(LARGEST_ALIGNMENT, alignment));
    }
    return alignment;
  }

  private static List<GgufTensor> readTensors(GgufCursor cursor, long count) {
    List<GgufTensor> tensors = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      tensors.add(readTensor(cursor, "tensor " + i));
    }
    return tensors;
  }

  private static GgufTensor readTensor(GgufCursor cursor, String place) {
    String name = cursor.readText(place, LONGEST_NAME);
    if (name.isEmpty()) {
      throw cursor.error(place, "expected a name, found an empty one");
    }
    long axes = cursor.readUnsignedInt(name);
    if (axes > MOST_AXES) {
      throw cursor.error(name, "expected at most %d axes, found %d".formatted(MOST_AXES, axes));
    }
    long[] extents = new long[(int) axes];
    for (int i = extents.length - 1; i >= 0; i--) {
      extents[i] = cursor.readLong(name);
      if (extents[i] < 1) {
        throw cursor.error(
            name,
            "expected extents from 1 to 2^63 - 1, found " + Long.toUnsignedString(extents[i]));
      }
    }
    long id = cursor.readUnsignedInt(name);
    GgufType type =
        GgufType.of(id)
            .orElseThrow(
                () ->
                    cursor.error(
                        name,
                        "type: expected a number up to %d, found %d"
                            .formatted(GgufType.values().length - 1, id)));
    if (!type.isSized()) {
      throw cursor.error(
          name,
          "the type %s is not supported; expected one of %s".formatted(type, GgufType.decodable()));
    }
    long offset = cursor.readLong(name);
    return tensor(cursor, name, type, extents, offset);
  }

  private static GgufTensor tensor(
      GgufCursor cursor, String name, GgufType type, long[] extents, long offset) {
    long row = extents.length == 0 ? 1 : extents[extents.length - 1];
    if (row % type.blockElements() != 0) {
      throw cursor.error(
          name,
          "expected rows of a multiple of the %d elements of a block of %s, found %d"
              .formatted(type.blockElements(), type, row));
    }
    try {
      Shape shape = new Shape(extents);
      return new GgufTensor(name, type, shape, offset, type.bytes(shape.elements()));
    } catch (ArithmeticException e) {
      FormatException error =
          cursor.error(name, "expected fewer than 2^63 elements and bytes, found more");
      error.initCause(e);
      throw error;
    }
  }

  /** The tensors in the order of their data, which must cover the data without hole or overlap. */
  private static Map<String, GgufTensor> contiguous(
      GgufCursor cursor, List<GgufTensor> tensors, long alignment, long dataBytes) {
    List<GgufTensor> sorted = new ArrayList<>(tensors);
    sorted.sort(
        Comparator.comparingLong(GgufTensor::offset)
            .thenComparingLong(GgufTensor::bytes)
            .thenComparing(GgufTensor::name));
    Map<String, GgufTensor> ordered = LinkedHashMap.newLinkedHashMap(sorted.size());
    long end = 0;
    long next = 0;
    for (GgufTensor tensor : sorted) {
      if (tensor.offset() != next) {
        throw cursor.error(
            tensor.name(),
            "offset: expected data from byte %d on, without hole or overlap, found %s"
                .formatted(next, Long.toUnsignedString(tensor.offset())));
      }
      if (dataBytes < 0 || tensor.bytes() > dataBytes - tensor.offset()) {
        throw cursor.error(
            tensor.name(),
            "expected %d bytes of data from byte %d on, found the end of the file after %d"
                .formatted(
                    tensor.bytes(),
                    tensor.offset(),
                    Math.max(0, Math.max(0, dataBytes) - tensor.offset())));
      }
      end = tensor.offset() + tensor.bytes();
      next = alignUp(end, alignment);
      if (ordered.put(tensor.name(), tensor) != null) {
        throw cursor.error(tensor.name(), "the tensor occurs twice");
      }
    }
    if (dataBytes > next) {
      throw cursor.error(
          "data",
          "expected nothing but padding up to byte %d after the tensors, found %d bytes"
              .formatted(next, dataBytes));
    }
    return Collections.unmodifiableMap(ordered);
  }
}
