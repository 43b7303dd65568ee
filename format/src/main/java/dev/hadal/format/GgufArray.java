package dev.hadal.format;

import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * An array of GGUF metadata. Its elements stay where they are in the file until they are asked for:
 * a vocabulary has hundreds of thousands, of which most commands need none. It can be read while
 * the file is open.
 */
public final class GgufArray implements GgufValue {
  private final String place;
  private final GgufValueType elementType;
  private final int size;
  private final MemorySegment bytes;

  /** Elements that a cursor has walked over. */
  GgufArray(String place, GgufValueType elementType, int size, MemorySegment bytes) {
    this.place = place;
    this.elementType = elementType;
    this.size = size;
    this.bytes = bytes;
  }

  /** An array of texts. */
  public static GgufArray ofStrings(List<String> texts) {
    List<byte[]> encoded = new ArrayList<>(texts.size());
    int total = 0;
    for (String text : texts) {
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      encoded.add(utf8);
      total = Math.addExact(total, Math.addExact(Long.BYTES, utf8.length));
    }
    ByteBuffer buffer = ByteBuffer.allocate(total).order(ByteOrder.LITTLE_ENDIAN);
    encoded.forEach(utf8 -> buffer.putLong(utf8.length).put(utf8));
    return new GgufArray(
        "array", GgufValueType.STRING, texts.size(), MemorySegment.ofArray(buffer.array()));
  }

  /** An array of INT32. */
  public static GgufArray ofInts(int... values) {
    ByteBuffer buffer =
        ByteBuffer.allocate(Math.multiplyExact(values.length, Integer.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (int value : values) {
      buffer.putInt(value);
    }
    return new GgufArray(
        "array", GgufValueType.INT32, values.length, MemorySegment.ofArray(buffer.array()));
  }

  /** An array of FLOAT32. */
  public static GgufArray ofFloats(float... values) {
    ByteBuffer buffer =
        ByteBuffer.allocate(Math.multiplyExact(values.length, Float.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      buffer.putFloat(value);
    }
    return new GgufArray(
        "array", GgufValueType.FLOAT32, values.length, MemorySegment.ofArray(buffer.array()));
  }

  @Override
  public GgufValueType type() {
    return GgufValueType.ARRAY;
  }

  /** The type of the elements, never an array. */
  public GgufValueType elementType() {
    return elementType;
  }

  /** The number of elements. */
  public int size() {
    return size;
  }

  /** The elements as the file has them. */
  MemorySegment bytes() {
    return bytes;
  }

  /** All elements. */
  public List<Scalar> elements() {
    GgufCursor cursor = new GgufCursor(place, bytes);
    List<Scalar> elements = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      elements.add(GgufHeader.readScalar(cursor, "[" + i + "]", elementType));
    }
    return elements;
  }

  /**
   * The elements of an array of texts.
   *
   * @throws FormatException if it is of another type or not UTF-8
   */
  public List<String> strings() {
    require(elementType == GgufValueType.STRING, "texts");
    GgufCursor cursor = new GgufCursor(place, bytes);
    List<String> texts = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      texts.add(cursor.readText("[" + i + "]", GgufCursor.LONGEST_TEXT));
    }
    return texts;
  }

  /**
   * The elements of an array of integers.
   *
   * @throws FormatException if it is of another type or an int does not hold one
   */
  public int[] ints() {
    require(elementType.isInteger(), "integers");
    GgufCursor cursor = new GgufCursor(place, bytes);
    int[] values = new int[size];
    for (int i = 0; i < size; i++) {
      long value = GgufHeader.readInteger(cursor, "[" + i + "]", elementType);
      if (value != (int) value) {
        throw cursor.error("[" + i + "]", "expected an integer of 32 bits, found " + value);
      }
      values[i] = (int) value;
    }
    return values;
  }

  /**
   * The elements of an array of FLOAT32.
   *
   * @throws FormatException if it is of another type
   */
  public float[] floats() {
    require(elementType == GgufValueType.FLOAT32, "FLOAT32");
    return bytes.toArray(Tensor.FLOAT);
  }

  private void require(boolean holds, String expected) {
    if (!holds) {
      throw new FormatException(
          "%s: expected an array of %s, found one of %s".formatted(place, expected, elementType));
    }
  }

  @Override
  public String toString() {
    return "%,d elements of type %s".formatted(size, elementType);
  }
}
