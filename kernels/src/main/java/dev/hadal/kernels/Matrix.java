package dev.hadal.kernels;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;

/**
 * An operand of a matrix product. Its type decides the product's arithmetic:
 *
 * <ul>
 *   <li>{@link Dense}: one fused multiply-add per term, terms in ascending order of the contraction
 *       index, from +0. In F64 tensors the same in binary64.
 *   <li>{@link BFloat}: terms in pairs (2i, 2i+1) in ascending order, in each pair the odd term
 *       first: {@code acc = fma(a[2i], b[2i], fma(a[2i+1], b[2i+1], acc))}; an odd contraction ends
 *       with a zero term. This is bit for bit what {@code vdpbf16ps} does as long as nothing
 *       underflows, which {@link Quantizer#toBFloat16} makes sure of.
 *   <li>{@link Tiled}: E4M3 codes in groups of 128 along the contraction. Inside a group the pair
 *       order of BFloat on decoded codes, from +0; after each group {@code acc = fma(groupSum,
 *       scaleA * scaleB, acc)} with the product of the two scales rounded once (DeepSeek-V3 report
 *       §3.3.2: promotion every 128).
 *   <li>{@link Integers}: left operands only, of products with {@link GroupedWeights}.
 * </ul>
 *
 * Both operands of a product have the same kind, but for products with {@link GroupedWeights}.
 */
public sealed interface Matrix {
  /** The number of rows. */
  int rows();

  /** The number of columns. */
  int columns();

  /** Rows {@code from} to {@code to}. A Tiled matrix of column tiles or blocks: the whole only. */
  Matrix slice(int from, int to);

  /**
   * A window of columns of an F32 or F64 tensor.
   *
   * @param values [R, C]
   * @param fromColumn first column of the window
   * @param columns width of the window
   */
  record Dense(Tensor values, int fromColumn, int columns) implements Matrix {
    /** Checks type and window. */
    public Dense {
      requireMatrix(values);
      if (!values.dtype().isCompute()) {
        throw new IllegalArgumentException(
            "dense matrix: expected F32 or F64, got " + values.dtype());
      }
      if (fromColumn < 0 || columns < 0 || fromColumn + columns > values.columns()) {
        throw new IllegalArgumentException(
            "dense matrix: columns [%d, %d) of %s"
                .formatted(fromColumn, fromColumn + columns, values.shape()));
      }
    }

    /** The whole tensor. */
    public Dense(Tensor values) {
      this(values, 0, values.columns());
    }

    @Override
    public int rows() {
      return values.rows();
    }

    /** Elements from one row to the next. */
    public int rowStride() {
      return values.columns();
    }

    @Override
    public Dense slice(int from, int to) {
      return new Dense(values.slice(from, to), fromColumn, columns);
    }
  }

  /**
   * BF16 values whose magnitudes below 2^-50 have been flushed to zero.
   *
   * @param values BF16 [R, C]
   */
  record BFloat(Tensor values) implements Matrix {
    /** Checks the type. */
    public BFloat {
      requireMatrix(values);
      values.requireType("bfloat matrix", DType.BF16);
    }

    @Override
    public int rows() {
      return values.rows();
    }

    @Override
    public int columns() {
      return values.columns();
    }

    @Override
    public BFloat slice(int from, int to) {
      return new BFloat(values.slice(from, to));
    }
  }

  /** How the scales of a {@link Tiled} matrix lie over its codes. */
  enum Tiling {
    /** 1 x 128: scales [R, ceil(C/128)]. */
    ROWS,
    /** 128 x 1: scales [ceil(R/128), C]. */
    COLUMNS,
    /** 128 x 128: scales [ceil(R/128), ceil(C/128)]. */
    BLOCKS
  }

  /**
   * Quantized values: value = code * scale.
   *
   * @param codes F8_E4M3, or I16 with E5M6 codes (a cache format, never an operand of a product)
   * @param scales F32, as the tiling says
   * @param tiling what shares a scale
   */
  record Tiled(Tensor codes, Tensor scales, Tiling tiling) implements Matrix {
    /** Elements that share a scale along each tiled axis. */
    public static final int GROUP = 128;

    /** Checks types and shapes. */
    public Tiled {
      requireMatrix(codes);
      if (codes.dtype() != DType.F8_E4M3 && codes.dtype() != DType.I16) {
        throw new IllegalArgumentException(
            "tiled matrix: expected F8_E4M3 or I16 codes, got " + codes.dtype());
      }
      scales.requireType("tiled matrix scales", DType.F32);
      int rowGroups = tiling == Tiling.ROWS ? codes.rows() : groups(codes.rows());
      int columnGroups = tiling == Tiling.COLUMNS ? codes.columns() : groups(codes.columns());
      scales.requireShape("tiled matrix scales", rowGroups, columnGroups);
    }

    /** The number of groups of 128 that cover a length. */
    public static int groups(int length) {
      return (length + GROUP - 1) / GROUP;
    }

    @Override
    public int rows() {
      return codes.rows();
    }

    @Override
    public int columns() {
      return codes.columns();
    }

    @Override
    public Tiled slice(int from, int to) {
      if (tiling != Tiling.ROWS && (from != 0 || to != rows())) {
        throw new IllegalArgumentException("only a matrix with row tiles can be sliced by rows");
      }
      return new Tiled(
          codes.slice(from, to), tiling == Tiling.ROWS ? scales.slice(from, to) : scales, tiling);
    }
  }

  /**
   * Activations in bytes: value = code * scale of its 32 elements.
   *
   * @param codes I8 [R, C], -127 to 127
   * @param scales F32 [R, ceil(C/32)]
   */
  record Integers(Tensor codes, Tensor scales) implements Matrix {
    /** Checks types and shapes. */
    public Integers {
      requireMatrix(codes);
      codes.requireType("integer codes", DType.I8);
      scales.requireType("integer scales", DType.F32);
      scales.requireShape("integer scales", codes.rows(), groups(codes.columns()));
    }

    /** The number of scales of so many elements. */
    public static int groups(int length) {
      return (length + GroupedWeights.STEP - 1) / GroupedWeights.STEP;
    }

    @Override
    public int rows() {
      return codes.rows();
    }

    @Override
    public int columns() {
      return codes.columns();
    }

    @Override
    public Integers slice(int from, int to) {
      return new Integers(codes.slice(from, to), scales.slice(from, to));
    }
  }

  private static void requireMatrix(Tensor tensor) {
    if (tensor.shape().axes() != 2) {
      throw new IllegalArgumentException("matrix: expected two axes, got " + tensor.shape());
    }
  }
}
