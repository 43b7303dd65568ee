package dev.hadal.format;

import dev.hadal.numerics.BFloat16;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Shape;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.Optional;

/**
 * A weight [R, C] in small integers with one scale for each group of a row, as compressed-tensors
 * stores it (its formats {@code int-quantized} and {@code pack-quantized}, symmetric): 8-bit
 * integers lie in the tensor NAME itself, 4-bit ones in NAME_packed, eight to an I32, element 8 i +
 * j plus 8 in bits 4 j to 4 j + 3; scales in NAME_scale. A weight is integer * scale.
 *
 * @param bits 4 or 8
 * @param rows R
 * @param columns C
 * @param codes I8 [R, C], or I32 [R, C / 8]
 * @param scales F16, BF16 or F32 [R, groups]
 */
public record IntegerTensor(int bits, int rows, int columns, Tensor codes, Tensor scales) {
  /** What the name of a weight gets for its 4-bit codes. */
  public static final String PACKED = "_packed";

  /** What the name of a weight gets for its scales. */
  public static final String SCALE = "_scale";

  /** What the name of a weight gets for the extents of a packed one. */
  public static final String SHAPE = "_shape";

  private static final int WORD = 8;

  /**
   * The integers of a weight, if that is how files store it.
   *
   * @throws FormatException if its parts do not fit together
   */
  public static Optional<IntegerTensor> find(WeightFiles files, String name) {
    boolean packed = files.contains(name + PACKED);
    if (!packed && (!files.contains(name) || files.tensor(name).dtype() != DType.I8)) {
      return Optional.empty();
    }
    if (files.contains(name + "_zero_point")) {
      throw error(files, name, "expected symmetric integers, found _zero_point beside them");
    }
    Tensor codes = files.tensor(packed ? name + PACKED : name);
    if (codes.shape().axes() != 2 || codes.dtype() != (packed ? DType.I32 : DType.I8)) {
      throw error(
          files,
          name,
          "expected a matrix of %s, found %s %s"
              .formatted(packed ? "I32" : "I8", codes.dtype(), codes.shape()));
    }
    long columns = packed ? (long) WORD * codes.columns() : codes.columns();
    if (columns > Integer.MAX_VALUE) {
      throw error(files, name, "expected rows of less than 2^31 elements, found " + columns);
    }
    if (packed) {
      requireExtents(files, name, codes.rows(), columns);
    }
    Tensor scales = files.tensor(name + SCALE);
    requireScales(files, name, scales, codes.rows(), columns);
    return Optional.of(
        new IntegerTensor(packed ? 4 : 8, codes.rows(), (int) columns, codes, scales));
  }

  private static void requireExtents(WeightFiles files, String name, long rows, long columns) {
    if (!files.contains(name + SHAPE)) {
      return;
    }
    Tensor shape = files.tensor(name + SHAPE);
    boolean known = shape.dtype() == DType.I64 || shape.dtype() == DType.I32;
    if (!known || shape.elements() != 2) {
      throw error(files, name + SHAPE, "expected two integers, found " + shape.dtype());
    }
    long found = integer(shape, 0);
    if (found != rows || integer(shape, 1) != columns) {
      throw error(
          files,
          name + SHAPE,
          "expected [%d, %d], found [%d, %d]".formatted(rows, columns, found, integer(shape, 1)));
    }
  }

  private static long integer(Tensor tensor, int index) {
    return tensor.dtype() == DType.I64
        ? tensor.data().get(Tensor.LONG, 8L * index)
        : tensor.data().get(Tensor.INT, 4L * index);
  }

  private static void requireScales(
      WeightFiles files, String name, Tensor scales, long rows, long columns) {
    DType type = scales.dtype();
    boolean known = type == DType.F16 || type == DType.BF16 || type == DType.F32;
    boolean matrix = scales.shape().axes() == 2 && scales.rows() == rows && scales.columns() > 0;
    if (!known || !matrix || columns % scales.columns() != 0) {
      throw error(
          files,
          name + SCALE,
          "expected F16, BF16 or F32 [%d, groups of %d elements], found %s %s"
              .formatted(rows, columns, type, scales.shape()));
    }
  }

  private static FormatException error(WeightFiles files, String name, String problem) {
    return new FormatException(
        "%s: %s: %s".formatted(files.source(), Quoting.printable(name), problem));
  }

  /** Elements that share a scale. */
  public int group() {
    return columns / scales.columns();
  }

  /** The integer of an element, -128 to 127. */
  public int value(int row, int column) {
    long at = (long) row * columns + column;
    if (bits == 8) {
      return codes.data().get(Tensor.BYTE, at);
    }
    int word = codes.data().get(Tensor.INT, at / WORD * 4);
    return ((word >>> (4 * (column % WORD))) & 15) - 8;
  }

  /** The values [R, C] in F32, rounded once, or F64, exact. */
  public Tensor dequantize(DType target, Arena arena) {
    Tensor out = Tensor.allocate(arena, target, rows, columns);
    try (Arena scratch = Arena.ofConfined()) {
      Tensor numbers = TensorConversion.convert(scales, DType.F32, scratch);
      int group = group();
      for (int r = 0; r < rows; r++) {
        for (int c = 0; c < columns; c++) {
          float scale = numbers.getFloat((long) r * scales.columns() + c / group);
          long at = (long) r * columns + c;
          if (target == DType.F32) {
            out.setFloat(at, value(r, c) * scale);
          } else {
            out.setDouble(at, (double) value(r, c) * scale);
          }
        }
      }
    }
    return out;
  }

  /**
   * Rounds a matrix to the nearest integers: of each group a = largest magnitude, scale = a / (half
   * the range) rounded to BF16, integer = round(x / scale), ties to even, at most the range's ends.
   *
   * @param matrix F32 [R, C] of finite values; C is a multiple of the group, and of 8
   * @param bits 4 or 8
   * @param group elements that share a scale
   * @throws IllegalArgumentException if a value is not finite
   */
  public static IntegerTensor round(Tensor matrix, int bits, int group, Arena arena) {
    Tensor scales = Tensor.allocate(arena, DType.BF16, matrix.rows(), matrix.columns() / group);
    IntegerTensor rounded = empty(matrix.rows(), matrix.columns(), bits, scales, arena);
    int columns = matrix.columns();
    for (int r = 0; r < matrix.rows(); r++) {
      for (int first = 0; first < columns; first += group) {
        float scale = scaleOf(matrix, (long) r * columns + first, group, bits);
        scales
            .data()
            .set(
                Tensor.SHORT,
                2 * ((long) r * scales.columns() + first / group),
                BFloat16.encode(scale));
        for (int c = first; c < first + group; c++) {
          rounded.set(r, c, nearest(matrix.getFloat((long) r * columns + c), scale, bits));
        }
      }
    }
    return rounded;
  }

  /** A matrix whose integers are to be set. */
  public static IntegerTensor empty(int rows, int columns, int bits, Tensor scales, Arena arena) {
    Tensor codes =
        bits == 8
            ? Tensor.allocate(arena, DType.I8, rows, columns)
            : Tensor.allocate(arena, DType.I32, rows, columns / WORD);
    return new IntegerTensor(bits, rows, columns, codes, scales);
  }

  /** The scale of a group, which BF16 holds. */
  public static float scaleOf(Tensor matrix, long at, int group, int bits) {
    float largest = 0;
    for (long i = at; i < at + group; i++) {
      largest = Math.max(largest, Math.abs(matrix.getFloat(i)));
    }
    if (!(largest <= Float.MAX_VALUE)) {
      throw new IllegalArgumentException("quantize: expected finite values, found " + largest);
    }
    return BFloat16.round(largest / ((1 << bits) - 1) * 2);
  }

  /** The integer of a value. */
  public static int nearest(float value, float scale, int bits) {
    if (scale == 0) {
      return 0;
    }
    int end = 1 << (bits - 1);
    return (int) Math.clamp(Math.rint(value / scale), -end, end - 1);
  }

  /** Sets an integer of a matrix that is not part of a file. */
  public void set(int row, int column, int value) {
    long at = (long) row * columns + column;
    if (bits == 8) {
      codes.data().set(Tensor.BYTE, at, (byte) value);
      return;
    }
    int shift = 4 * (column % WORD);
    int word = codes.data().get(Tensor.INT, at / WORD * 4);
    int cleared = word & ~(15 << shift);
    codes.data().set(Tensor.INT, at / WORD * 4, cleared | (value + 8) << shift);
  }

  /** The extents as a file states them for packed integers. */
  public Tensor extents(Arena arena) {
    Tensor extents = Tensor.allocate(arena, DType.I64, 2);
    extents.data().set(Tensor.LONG, 0, rows);
    extents.data().set(Tensor.LONG, 8, columns);
    return extents;
  }

  /** R and C. */
  public Shape shape() {
    return Shape.of(rows, columns);
  }
}
