package dev.hadal.kernels;

import dev.hadal.numerics.BFloat16;
import dev.hadal.numerics.ElementaryFunctions;
import dev.hadal.numerics.WideFunctions;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;

/**
 * The number system in which the reference kernels are written, once for both.
 *
 * <p>Scalars travel as doubles. In FP32 they hold binary32 values and every operation rounds as the
 * hardware's binary32 instruction does; so the reference has the bits of the fast kernels. In FP64
 * nothing is rounded beyond binary64, BF16 included; gradient checks and golden numbers use it.
 */
public enum Arithmetic {
  /** IEEE 754 binary32. */
  FP32(DType.F32) {
    @Override
    double round(double value) {
      return (float) value;
    }

    @Override
    double add(double a, double b) {
      return (float) a + (float) b;
    }

    @Override
    double sub(double a, double b) {
      return (float) a - (float) b;
    }

    @Override
    double mul(double a, double b) {
      return (float) a * (float) b;
    }

    @Override
    double div(double a, double b) {
      return (float) a / (float) b;
    }

    @Override
    double fma(double a, double b, double c) {
      return Math.fma((float) a, (float) b, (float) c);
    }

    @Override
    double sqrt(double value) {
      return (float) Math.sqrt(value);
    }

    @Override
    double exp(double value) {
      return ElementaryFunctions.exp((float) value);
    }

    @Override
    double log(double value) {
      return WideFunctions.log((float) value);
    }

    @Override
    double sigmoid(double value) {
      return ElementaryFunctions.sigmoid((float) value);
    }

    @Override
    double toBFloat16(double value) {
      return BFloat16.round((float) value);
    }

    @Override
    void addMultiple(double factor, double[] x, int from, double[] sum, int at, int n) {
      float f = (float) factor;
      for (int i = 0; i < n; i++) {
        sum[at + i] = Math.fma(f, (float) x[from + i], (float) sum[at + i]);
      }
    }
  },

  /** IEEE 754 binary64. */
  FP64(DType.F64) {
    @Override
    double round(double value) {
      return value;
    }

    @Override
    double add(double a, double b) {
      return a + b;
    }

    @Override
    double sub(double a, double b) {
      return a - b;
    }

    @Override
    double mul(double a, double b) {
      return a * b;
    }

    @Override
    double div(double a, double b) {
      return a / b;
    }

    @Override
    double fma(double a, double b, double c) {
      return Math.fma(a, b, c);
    }

    @Override
    double sqrt(double value) {
      return Math.sqrt(value);
    }

    @Override
    double exp(double value) {
      return StrictMath.exp(value);
    }

    @Override
    double log(double value) {
      return StrictMath.log(value);
    }

    @Override
    double sigmoid(double value) {
      return 1 / (1 + StrictMath.exp(-value));
    }

    @Override
    double toBFloat16(double value) {
      return value;
    }

    @Override
    void addMultiple(double factor, double[] x, int from, double[] sum, int at, int n) {
      for (int i = 0; i < n; i++) {
        sum[at + i] = Math.fma(factor, x[from + i], sum[at + i]);
      }
    }
  };

  /** Lanes of the fixed layout of sums along a row. */
  private static final int LANES = 16;

  /** Operands of BF16 products below it are zero. */
  static final float SMALLEST_OPERAND = 0x1p-50f;

  private final DType type;

  Arithmetic(DType type) {
    this.type = type;
  }

  /** The type of tensors: F32 or F64. */
  public DType type() {
    return type;
  }

  /** A constant, rounded once. */
  abstract double round(double value);

  abstract double add(double a, double b);

  abstract double sub(double a, double b);

  abstract double mul(double a, double b);

  abstract double div(double a, double b);

  /** a * b + c, rounded once. */
  abstract double fma(double a, double b, double c);

  abstract double sqrt(double value);

  abstract double exp(double value);

  abstract double log(double value);

  abstract double sigmoid(double value);

  /** The value rounded to BF16; in FP64 the value. */
  abstract double toBFloat16(double value);

  /** sum[at + i] = fma(factor, x[from + i], sum[at + i]) for i below n. */
  abstract void addMultiple(double factor, double[] x, int from, double[] sum, int at, int n);

  /** The value as an operand of a BF16 product (see {@link Quantizer#toBFloat16}), if asked. */
  final double operand(double value, boolean bfloat16) {
    if (!bfloat16 || this == FP64) {
      return value;
    }
    double rounded = toBFloat16(value);
    return Math.abs(rounded) < SMALLEST_OPERAND ? Math.copySign(0, rounded) : rounded;
  }

  /** What a chain of products of operands goes on from; see {@link MatMul.Job}. */
  final double start(double value, boolean bfloat16) {
    return bfloat16 && this == FP32 ? ReferenceMatMul.start((float) value) : value;
  }

  /**
   * The product of two vectors as one chain from +0: terms ascending or, with {@code pairs}, in
   * pairs, in each the odd term first, and n even.
   */
  final double chain(double[] a, int from, double[] b, int at, int n, boolean pairs) {
    int swap = pairs ? 1 : 0;
    double sum = 0;
    for (int i = 0; i < n; i++) {
      sum = fma(a[from + (i ^ swap)], b[at + (i ^ swap)], sum);
    }
    return sum;
  }

  /** The sum of a[from + i] * b[at + i] by fma in the 16-lane layout, i below n. */
  final double dot(double[] a, int from, double[] b, int at, int n) {
    double[] lanes = new double[LANES];
    for (int i = 0; i < n; i++) {
      lanes[i % LANES] = fma(a[from + i], b[at + i], lanes[i % LANES]);
    }
    return tree(lanes);
  }

  /** The sum of x[from + i] in the 16-lane layout, i below n. */
  final double sum(double[] x, int from, int n) {
    double[] lanes = new double[LANES];
    for (int i = 0; i < n; i++) {
      lanes[i % LANES] = add(lanes[i % LANES], x[from + i]);
    }
    return tree(lanes);
  }

  private double tree(double[] lanes) {
    for (int half = LANES / 2; half > 0; half /= 2) {
      for (int lane = 0; lane < half; lane++) {
        lanes[lane] = add(lanes[lane], lanes[lane + half]);
      }
    }
    return lanes[0];
  }

  /** An element of a tensor of this type. */
  final double load(Tensor tensor, long index) {
    return this == FP32 ? tensor.getFloat(index) : tensor.getDouble(index);
  }

  /** Sets an element of a tensor of this type. */
  final void store(Tensor tensor, long index, double value) {
    if (this == FP32) {
      tensor.setFloat(index, (float) value);
    } else {
      tensor.setDouble(index, value);
    }
  }

  /** Copies n elements of a tensor of this type. */
  final void load(Tensor tensor, long index, double[] to, int at, int n) {
    for (int i = 0; i < n; i++) {
      to[at + i] = load(tensor, index + i);
    }
  }

  /** Row t of a tensor of this type. */
  final double[] row(Tensor tensor, int t) {
    double[] row = new double[tensor.columns()];
    load(tensor, (long) t * row.length, row, 0, row.length);
    return row;
  }

  /** Writes n elements of a tensor of this type. */
  final void store(double[] from, int at, Tensor tensor, long index, int n) {
    for (int i = 0; i < n; i++) {
      store(tensor, index + i, from[at + i]);
    }
  }

  /** Fails unless the tensor has this type and the given shape. */
  final void require(String what, Tensor tensor, long... extents) {
    tensor.requireType(what, type);
    tensor.requireShape(what, extents);
  }
}
