package dev.hadal.kernels;

import dev.hadal.numerics.BFloat16;
import dev.hadal.numerics.Float16;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The weight [N, K] of a linear as quantized files hold it: small integers, with a scale and
 * perhaps an offset for each group along K. A weight is {@code value * scale + offset}, where value
 * belongs to its code. The formats of GGUF files and group-wise INT4 and INT8 are all of this form,
 * and in all of them {@code value * scale} needs no rounding but where a file has FP32 scales.
 *
 * <p>The left operand decides a product's arithmetic. With a group's sums over ascending k:
 *
 * <ul>
 *   <li>{@link Matrix.Integers}: {@code acc = fma(sum of value * x, scaleX * scale, acc)}, then
 *       where there are offsets {@code acc = fma(sum of x, scaleX * offset, acc)}; sums are exact
 *       integers, products of scales are rounded once.
 *   <li>{@link Matrix.Dense}: {@code acc = fma(x, weight, acc)} with the FP32 weight.
 * </ul>
 *
 * @param codes I8 [N, K]; K is a multiple of 32
 * @param code what codes stand for
 * @param scales of the groups
 * @param offsets of the same groups, null if there are none
 */
public record GroupedWeights(Tensor codes, Code code, Scales scales, @Nullable Scales offsets) {
  /** Elements of K that share an activation's scale; no group of weights is longer. */
  public static final int STEP = 32;

  /** What codes stand for. */
  public sealed interface Code {
    /** The value of a code. */
    int value(byte code);
  }

  /** Codes are the values, -128 to 127. */
  public record Bytes() implements Code {
    @Override
    public int value(byte code) {
      return code;
    }
  }

  /**
   * Codes 0 to 15.
   *
   * @param values of the sixteen codes, -128 to 127
   */
  public record Nibbles(List<Integer> values) implements Code {
    /** Checks the values. */
    public Nibbles {
      values = List.copyOf(values);
      if (values.size() != 16 || values.stream().anyMatch(v -> v < -128 || v > 127)) {
        throw new IllegalArgumentException(
            "nibbles: expected sixteen values of -128 to 127, found " + values);
      }
    }

    /** Codes whose values start at {@code first} and rise by one. */
    public static Nibbles from(int first) {
      return new Nibbles(java.util.stream.IntStream.range(first, first + 16).boxed().toList());
    }

    @Override
    public int value(byte code) {
      return values.get(code);
    }
  }

  /** A number for each group. */
  public sealed interface Scales {
    /** Elements of a group, 16 or 32. */
    int group();

    /** The number of the group of element k in row n. */
    float at(int n, int k);

    /** Of how many rows. */
    int rows();

    /** Of how many elements of a row. */
    int columns();
  }

  /**
   * One number for 32 elements.
   *
   * @param values F16, BF16 or F32 [N, K / 32]
   */
  public record Plain(Tensor values) implements Scales {
    /** Checks the type. */
    public Plain {
      DType type = values.dtype();
      if (type != DType.F16 && type != DType.BF16 && type != DType.F32) {
        throw new IllegalArgumentException("scales: expected F16, BF16 or F32, found " + type);
      }
    }

    @Override
    public int group() {
      return STEP;
    }

    @Override
    public float at(int n, int k) {
      return element(values, (long) n * values.columns() + k / STEP);
    }

    @Override
    public int rows() {
      return values.rows();
    }

    @Override
    public int columns() {
      return values.columns() * STEP;
    }
  }

  /**
   * The product of one number for 256 elements and a small integer for a group; exact in FP32.
   *
   * @param outer F16 [N, K / 256]
   * @param inner I8 [N, K / group]
   * @param group 16 or 32
   */
  public record Nested(Tensor outer, Tensor inner, int group) implements Scales {
    /** Elements that share an outer number. */
    public static final int OUTER = 256;

    /** Checks types and extents. */
    public Nested {
      outer.requireType("outer scales", DType.F16);
      inner.requireType("inner scales", DType.I8);
      if (group != 16 && group != STEP) {
        throw new IllegalArgumentException("scales: expected groups of 16 or 32, found " + group);
      }
      inner.requireShape("inner scales", outer.rows(), (long) outer.columns() * (OUTER / group));
    }

    @Override
    public float at(int n, int k) {
      int small = inner.data().get(Tensor.BYTE, (long) n * inner.columns() + k / group);
      return small * element(outer, (long) n * outer.columns() + k / OUTER);
    }

    @Override
    public int rows() {
      return outer.rows();
    }

    @Override
    public int columns() {
      return outer.columns() * OUTER;
    }
  }

  /** Checks the extents. */
  public GroupedWeights {
    codes.requireType("grouped codes", DType.I8);
    if (codes.columns() % STEP != 0 || codes.columns() == 0) {
      throw new IllegalArgumentException(
          "grouped weights: expected rows of a multiple of 32 elements, found " + codes.columns());
    }
    require(codes, scales);
    if (offsets != null) {
      require(codes, offsets);
      if (offsets.group() != scales.group() || offsets.getClass() != scales.getClass()) {
        throw new IllegalArgumentException("grouped weights: offsets of other groups than scales");
      }
    }
  }

  private static void require(Tensor codes, Scales scales) {
    if (scales.rows() != codes.rows() || scales.columns() != codes.columns()) {
      throw new IllegalArgumentException(
          "grouped weights: scales of [%d, %d] for codes [%d, %d]"
              .formatted(scales.rows(), scales.columns(), codes.rows(), codes.columns()));
    }
  }

  /**
   * What weights are as packed operands.
   *
   * @param nibbles whether codes are 0 to 15
   * @param group elements that share a number
   * @param number type of the numbers of groups; I8 if they are nested
   * @param offsets whether there are offsets
   */
  public record Layout(boolean nibbles, int group, DType number, boolean offsets) {
    /** Bytes of packed weights [N, K]. */
    public long packedBytes(long outputs, int depth) {
      Code code = nibbles ? Nibbles.from(0) : new Bytes();
      GroupedPanels.Form form = new GroupedPanels.Form(code, group, number, offsets);
      return Math.ceilDiv(outputs, GroupedPanels.WIDTH) * form.panelBytes(depth);
    }
  }

  /** N. */
  public int outputs() {
    return codes.rows();
  }

  /** K. */
  public int depth() {
    return codes.columns();
  }

  /** The integer of an element. */
  public int value(int n, int k) {
    return code.value(codes.data().get(Tensor.BYTE, (long) n * depth() + k));
  }

  /** The weight in FP32. */
  public float weight(int n, int k) {
    float product = value(n, k) * scales.at(n, k);
    return offsets == null ? product : product + offsets.at(n, k);
  }

  private static float element(Tensor tensor, long index) {
    return switch (tensor.dtype()) {
      case F16 -> Float16.decode(tensor.data().get(Tensor.SHORT, 2 * index));
      case BF16 -> BFloat16.decode(tensor.data().get(Tensor.SHORT, 2 * index));
      default -> tensor.getFloat(index);
    };
  }
}
