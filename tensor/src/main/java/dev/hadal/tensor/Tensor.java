package dev.hadal.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A contiguous row-major tensor on an off-heap segment. A slice along the leading axis is a view;
 * everything else is a kernel that copies. There are no strides and no broadcasting.
 *
 * <p>Element order is little-endian on every machine, as in safetensors files. Allocations are
 * aligned to 64 bytes; a mapped file's tensors need not be.
 *
 * @param dtype the element type
 * @param shape the extents
 * @param data exactly {@code shape.elements() * dtype.bytes()} bytes
 */
public record Tensor(DType dtype, Shape shape, MemorySegment data) {
  /** Alignment of allocated tensors in bytes. */
  public static final int ALIGNMENT = 64;

  /** Little-endian, unaligned element layouts, for use on any segment of tensor data. */
  public static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** See {@link #FLOAT}. */
  public static final ValueLayout.OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** See {@link #FLOAT}. */
  public static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** See {@link #FLOAT}. */
  public static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** See {@link #FLOAT}. */
  public static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** See {@link #FLOAT}. */
  public static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

  /** Checks that the segment has exactly the size that type and shape ask for. */
  public Tensor {
    long expected = Math.multiplyExact(shape.elements(), (long) dtype.bytes());
    if (data.byteSize() != expected) {
      throw new IllegalArgumentException(
          "tensor %s %s: expected %d bytes, got %d"
              .formatted(dtype, shape, expected, data.byteSize()));
    }
  }

  /** A zero-filled tensor in the arena. */
  public static Tensor allocate(Arena arena, DType dtype, long... extents) {
    Shape shape = Shape.of(extents);
    long bytes = Math.multiplyExact(shape.elements(), (long) dtype.bytes());
    return new Tensor(dtype, shape, LargeMemory.allocate(arena, bytes, ALIGNMENT));
  }

  /** An F32 tensor holding a copy of the values. */
  public static Tensor ofFloats(Arena arena, float[] values, long... extents) {
    Tensor tensor = allocate(arena, DType.F32, extents);
    tensor.requireElements("ofFloats", values.length);
    MemorySegment.copy(values, 0, tensor.data, FLOAT, 0, values.length);
    return tensor;
  }

  /** An F64 tensor holding a copy of the values. */
  public static Tensor ofDoubles(Arena arena, double[] values, long... extents) {
    Tensor tensor = allocate(arena, DType.F64, extents);
    tensor.requireElements("ofDoubles", values.length);
    MemorySegment.copy(values, 0, tensor.data, DOUBLE, 0, values.length);
    return tensor;
  }

  /** An I32 tensor holding a copy of the values. */
  public static Tensor ofInts(Arena arena, int[] values, long... extents) {
    Tensor tensor = allocate(arena, DType.I32, extents);
    tensor.requireElements("ofInts", values.length);
    MemorySegment.copy(values, 0, tensor.data, INT, 0, values.length);
    return tensor;
  }

  /** The extent of one axis. */
  public long extent(int axis) {
    return shape.extent(axis);
  }

  /** The extent of the leading axis as an int. */
  public int rows() {
    return Math.toIntExact(shape.extent(0));
  }

  /** The product of all extents but the leading one: the length of a row. */
  public int columns() {
    long columns = 1;
    for (int axis = 1; axis < shape.axes(); axis++) {
      columns *= shape.extent(axis);
    }
    return Math.toIntExact(columns);
  }

  /** The number of elements. */
  public long elements() {
    return shape.elements();
  }

  /** The size in bytes. */
  public long bytes() {
    return data.byteSize();
  }

  /** The view of rows {@code from} (inclusive) to {@code to} (exclusive) of the leading axis. */
  public Tensor slice(long from, long to) {
    long[] extents = shape.extents();
    if (from < 0 || to < from || to > extents[0]) {
      throw new IllegalArgumentException(
          "slice [%d, %d) of a tensor %s".formatted(from, to, shape));
    }
    long rowBytes = extents[0] == 0 ? 0 : data.byteSize() / extents[0];
    extents[0] = to - from;
    return new Tensor(
        dtype, new Shape(extents), data.asSlice(from * rowBytes, (to - from) * rowBytes));
  }

  /** The same elements under another shape of the same size. */
  public Tensor reshape(long... extents) {
    return new Tensor(dtype, Shape.of(extents), data);
  }

  /** Element {@code index} in row-major order of an F32 tensor. */
  public float getFloat(long index) {
    return data.get(FLOAT, index * 4);
  }

  /** Sets element {@code index} of an F32 tensor. */
  public void setFloat(long index, float value) {
    data.set(FLOAT, index * 4, value);
  }

  /** Element {@code index} of an F64 tensor. */
  public double getDouble(long index) {
    return data.get(DOUBLE, index * 8);
  }

  /** Sets element {@code index} of an F64 tensor. */
  public void setDouble(long index, double value) {
    data.set(DOUBLE, index * 8, value);
  }

  /** Element {@code index} of an I32 tensor. */
  public int getInt(long index) {
    return data.get(INT, index * 4);
  }

  /** Sets element {@code index} of an I32 tensor. */
  public void setInt(long index, int value) {
    data.set(INT, index * 4, value);
  }

  /** Element {@code index} of an I64 tensor. */
  public long getLong(long index) {
    return data.get(LONG, index * 8);
  }

  /** Sets element {@code index} of an I64 tensor. */
  public void setLong(long index, long value) {
    data.set(LONG, index * 8, value);
  }

  /** A heap copy of an F32 tensor's elements. */
  public float[] toFloats() {
    requireType("toFloats", DType.F32);
    return data.toArray(FLOAT);
  }

  /** A heap copy of an F64 tensor's elements. */
  public double[] toDoubles() {
    requireType("toDoubles", DType.F64);
    return data.toArray(DOUBLE);
  }

  /** A heap copy of an I32 tensor's elements. */
  public int[] toInts() {
    requireType("toInts", DType.I32);
    return data.toArray(INT);
  }

  /** Copies all elements from a tensor of the same type and number of elements. */
  public void copyFrom(Tensor source) {
    source.requireType("copyFrom", dtype);
    source.requireElements("copyFrom", elements());
    data.copyFrom(source.data);
  }

  /** Fails unless the type is the one expected. */
  public void requireType(String what, DType expected) {
    if (dtype != expected) {
      throw new IllegalArgumentException(
          "%s: expected %s, got %s".formatted(what, expected, dtype));
    }
  }

  /** Fails unless the shape is the one expected, with a message that names the operand. */
  public void requireShape(String what, long... extents) {
    if (!shape.equals(new Shape(extents))) {
      throw new IllegalArgumentException(
          "%s: expected %s, got %s".formatted(what, new Shape(extents), shape));
    }
  }

  private void requireElements(String what, long expected) {
    if (elements() != expected) {
      throw new IllegalArgumentException(
          "%s: expected %d elements, got %s".formatted(what, expected, shape));
    }
  }
}
