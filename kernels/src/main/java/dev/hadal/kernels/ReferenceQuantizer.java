package dev.hadal.kernels;

import dev.hadal.numerics.BFloat16;
import dev.hadal.numerics.E4M3;
import dev.hadal.numerics.E5M6;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;

/** {@link Quantizer}, an element at a time. */
record ReferenceQuantizer() implements Quantizer {
  static final float SMALLEST_MAGNITUDE = 1e-4f;

  @Override
  public void quantize(Tensor x_RC, Scale scale, Matrix.Tiled into) {
    int rows = into.rows();
    int columns = into.columns();
    x_RC.requireType("quantize x", DType.F32);
    x_RC.requireShape("quantize x", rows, columns);
    Format format = Quantizer.formatOf(into);
    int tileRows = into.tiling() == Matrix.Tiling.ROWS ? 1 : Matrix.Tiled.GROUP;
    int tileColumns = into.tiling() == Matrix.Tiling.COLUMNS ? 1 : Matrix.Tiled.GROUP;
    int scaleRows = into.scales().rows();
    int scaleColumns = into.scales().columns();
    for (int i = 0; i < scaleRows; i++) {
      for (int j = 0; j < scaleColumns; j++) {
        int lastRow = Math.min(rows, (i + 1) * tileRows);
        int lastColumn = Math.min(columns, (j + 1) * tileColumns);
        float largest = SMALLEST_MAGNITUDE;
        for (int r = i * tileRows; r < lastRow; r++) {
          for (int c = j * tileColumns; c < lastColumn; c++) {
            largest = Math.max(largest, Math.abs(x_RC.getFloat((long) r * columns + c)));
          }
        }
        float tileScale = scale(largest, format, scale);
        into.scales().setFloat((long) i * scaleColumns + j, tileScale);
        for (int r = i * tileRows; r < lastRow; r++) {
          for (int c = j * tileColumns; c < lastColumn; c++) {
            long at = (long) r * columns + c;
            encode(x_RC.getFloat(at) / tileScale, format, into.codes(), at);
          }
        }
      }
    }
  }

  /** The scale of a tile with this largest magnitude. */
  static float scale(float largest, Format format, Scale scale) {
    float exact = largest / (format == Format.E4M3 ? E4M3.LARGEST : E5M6.LARGEST);
    return switch (scale) {
      case FP32 -> exact;
      case POWER_OF_TWO -> powerOfTwo(exact);
    };
  }

  /** The smallest power of two that is not below a positive normal value. */
  private static float powerOfTwo(float value) {
    if (!Float.isFinite(value)) {
      return value;
    }
    float power = Math.scalb(1f, Math.getExponent(value));
    return power < value ? 2 * power : power;
  }

  /** The value, or the NaN without a sign: that of one that arithmetic made is the processor's. */
  static float canonical(float value) {
    return Float.isNaN(value) ? Float.NaN : value;
  }

  private static void encode(float value, Format format, Tensor codes, long at) {
    switch (format) {
      case E4M3 -> codes.data().set(Tensor.BYTE, at, E4M3.encode(canonical(value)));
      case E5M6 -> codes.data().set(Tensor.SHORT, 2 * at, E5M6.encode(canonical(value)));
    }
  }

  @Override
  public void dequantize(Matrix.Tiled q, Tensor out_RC) {
    out_RC.requireType("dequantize out", DType.F32);
    out_RC.requireShape("dequantize out", q.rows(), q.columns());
    for (int r = 0; r < q.rows(); r++) {
      for (int c = 0; c < q.columns(); c++) {
        out_RC.setFloat((long) r * q.columns() + c, decode(q, r, c) * scale(q, r, c));
      }
    }
  }

  /** The value of a code, not yet scaled. */
  static float decode(Matrix.Tiled q, int row, int column) {
    long at = (long) row * q.columns() + column;
    return q.codes().dtype() == DType.F8_E4M3
        ? E4M3.decode(q.codes().data().get(Tensor.BYTE, at))
        : E5M6.decode(q.codes().data().get(Tensor.SHORT, 2 * at));
  }

  /** The scale of an element. */
  static float scale(Matrix.Tiled q, int row, int column) {
    int i = q.tiling() == Matrix.Tiling.ROWS ? row : row / Matrix.Tiled.GROUP;
    int j = q.tiling() == Matrix.Tiling.COLUMNS ? column : column / Matrix.Tiled.GROUP;
    return q.scales().getFloat((long) i * q.scales().columns() + j);
  }

  @Override
  public Matrix.BFloat toBFloat16(Tensor x_RC, Workspace workspace) {
    x_RC.requireType("toBFloat16 x", DType.F32);
    Tensor out = workspace.take(DType.BF16, x_RC.rows(), x_RC.columns());
    for (long i = 0; i < x_RC.elements(); i++) {
      float value = (float) Arithmetic.FP32.operand(x_RC.getFloat(i), true);
      out.data().set(Tensor.SHORT, 2 * i, BFloat16.encode(value));
    }
    return new Matrix.BFloat(out);
  }

  /** Largest magnitudes below it are taken as zero: their inverse would be infinite. */
  static final float SMALLEST_INTEGERS = 0x1p-120f;

  @Override
  public Matrix.Integers toIntegers(Tensor x_RC, Workspace workspace) {
    Matrix.Integers into = integers(x_RC, workspace);
    integers(x_RC, into, 0, into.rows());
    return into;
  }

  /** Memory for the result. */
  static Matrix.Integers integers(Tensor x_RC, Workspace workspace) {
    x_RC.requireType("toIntegers x", DType.F32);
    Tensor codes = workspace.take(DType.I8, x_RC.rows(), x_RC.columns());
    long groups = Matrix.Integers.groups(x_RC.columns());
    return new Matrix.Integers(codes, workspace.take(DType.F32, x_RC.rows(), groups));
  }

  /** Fills some rows. */
  static void integers(Tensor x_RC, Matrix.Integers into, int from, int to) {
    int columns = into.columns();
    int groups = into.scales().columns();
    for (int r = from; r < to; r++) {
      for (int group = 0; group < groups; group++) {
        int first = group * GroupedWeights.STEP;
        int last = Math.min(columns, first + GroupedWeights.STEP);
        float largest = 0;
        for (int c = first; c < last; c++) {
          largest = Math.max(largest, Math.abs(x_RC.getFloat((long) r * columns + c)));
        }
        into.scales().setFloat((long) r * groups + group, integerScale(largest));
        float inverse = integerInverse(largest);
        for (int c = first; c < last; c++) {
          long at = (long) r * columns + c;
          into.codes().data().set(Tensor.BYTE, at, (byte) Math.rint(x_RC.getFloat(at) * inverse));
        }
      }
    }
  }

  /** The scale of a group of integers by its largest magnitude. */
  static float integerScale(float largest) {
    if (!(largest <= Float.MAX_VALUE)) {
      return Float.NaN;
    }
    return largest < SMALLEST_INTEGERS ? 0 : largest / 127;
  }

  /** What a group's elements are multiplied by. */
  static float integerInverse(float largest) {
    boolean counts = largest >= SMALLEST_INTEGERS && largest <= Float.MAX_VALUE;
    return counts ? 127 / largest : 0;
  }

  @Override
  public void roundToBFloat16(Tensor x) {
    x.requireType("roundToBFloat16 x", DType.F32);
    for (long i = 0; i < x.elements(); i++) {
      x.setFloat(i, BFloat16.round(x.getFloat(i)));
    }
  }

  @Override
  public void fromBFloat16(Tensor source, Tensor out) {
    requireDecoding(source, out);
    for (long i = 0; i < source.elements(); i++) {
      out.setFloat(i, BFloat16.decode(source.data().get(Tensor.SHORT, 2 * i)));
    }
  }

  /** Checks what every tier decodes. */
  static void requireDecoding(Tensor source, Tensor out) {
    source.requireType("fromBFloat16 source", DType.BF16);
    out.requireType("fromBFloat16 out", DType.F32);
    if (source.elements() != out.elements()) {
      throw new IllegalArgumentException(
          "fromBFloat16: %s to %s".formatted(source.shape(), out.shape()));
    }
  }
}
