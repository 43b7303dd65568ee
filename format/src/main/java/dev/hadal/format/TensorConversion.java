package dev.hadal.format;

import dev.hadal.numerics.BFloat16;
import dev.hadal.numerics.E4M3;
import dev.hadal.numerics.E5M2;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Conversions between the floating-point element types of files and of computation. A wider type
 * takes every value exactly. A narrower one rounds once, to nearest with ties to even: F32, F16 and
 * BF16 overflow to infinity, the FP8 types to their largest finite value.
 */
public final class TensorConversion {
  private static final int PIECE = 4096;

  private TensorConversion() {}

  /** Whether elements of the type are floating-point numbers. */
  public static boolean isFloatingPoint(DType dtype) {
    return switch (dtype) {
      case F64, F32, F16, BF16, F8_E4M3, F8_E5M2 -> true;
      case I64, I32, I16, I8, U64, U32, U16, U8, BOOL -> false;
    };
  }

  /** A copy of a floating-point tensor in another floating-point type. */
  public static Tensor convert(Tensor source, DType target, Arena arena) {
    Tensor out = Tensor.allocate(arena, target, source.shape().extents());
    convert(source, out);
    return out;
  }

  /** Fills a floating-point tensor with the values of another of the same number of elements. */
  public static void convert(Tensor source, Tensor target) {
    requireFloatingPoint(source);
    requireFloatingPoint(target);
    if (source.elements() != target.elements()) {
      throw new IllegalArgumentException(
          "convert: expected %s, got %s".formatted(target.shape(), source.shape()));
    }
    if (source.dtype() == target.dtype()) {
      target.copyFrom(source);
      return;
    }
    float[] piece = new float[PIECE];
    for (long at = 0; at < source.elements(); at += PIECE) {
      int count = (int) Math.min(PIECE, source.elements() - at);
      if (source.dtype() == DType.F64) {
        narrow(source, at, count, piece, target.dtype() != DType.F32);
      } else {
        read(source, at, count, piece);
      }
      write(piece, count, target, at);
    }
  }

  private static void requireFloatingPoint(Tensor tensor) {
    if (!isFloatingPoint(tensor.dtype())) {
      throw new IllegalArgumentException(
          "convert: expected a floating-point type, got " + tensor.dtype());
    }
  }

  private static void narrow(Tensor source, long at, int count, float[] out, boolean again) {
    for (int i = 0; i < count; i++) {
      double value = source.getDouble(at + i);
      out[i] = again ? roundToOdd(value) : (float) value;
    }
  }

  /**
   * The neighbouring binary32 with an odd significand where the value is not exact: rounding it
   * again to fewer bits gives what rounding the value itself would have given.
   */
  static float roundToOdd(double value) {
    float nearest = (float) value;
    if (nearest == value || Double.isNaN(value)) {
      return nearest;
    }
    int bits = Float.floatToRawIntBits(nearest);
    int towardsZero = Math.abs((double) nearest) > Math.abs(value) ? bits - 1 : bits;
    return Float.intBitsToFloat(towardsZero | 1);
  }

  /** Values of any floating-point type but F64; exact. */
  static void read(Tensor source, long at, int count, float[] out) {
    MemorySegment data = source.data();
    switch (source.dtype()) {
      case F32 -> MemorySegment.copy(data, Tensor.FLOAT, at * 4, out, 0, count);
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          out[i] = BFloat16.decode(data.get(Tensor.SHORT, (at + i) * 2));
        }
      }
      case F16 -> {
        for (int i = 0; i < count; i++) {
          out[i] = Float.float16ToFloat(data.get(Tensor.SHORT, (at + i) * 2));
        }
      }
      case F8_E4M3 -> readBytes(E4M3::decode, data, at, count, out);
      case F8_E5M2 -> readBytes(E5M2::decode, data, at, count, out);
      case F64, I64, I32, I16, I8, U64, U32, U16, U8, BOOL ->
          throw new IllegalArgumentException("convert: cannot read " + source.dtype());
    }
  }

  @FunctionalInterface
  private interface Decoder {
    float decode(byte code);
  }

  @FunctionalInterface
  private interface Encoder {
    byte encode(float value);
  }

  private static void readBytes(
      Decoder format, MemorySegment data, long at, int count, float[] out) {
    for (int i = 0; i < count; i++) {
      out[i] = format.decode(data.get(Tensor.BYTE, at + i));
    }
  }

  private static void write(float[] values, int count, Tensor target, long at) {
    MemorySegment data = target.data();
    switch (target.dtype()) {
      case F64 -> {
        for (int i = 0; i < count; i++) {
          target.setDouble(at + i, values[i]);
        }
      }
      case F32 -> MemorySegment.copy(values, 0, data, Tensor.FLOAT, at * 4, count);
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          data.set(Tensor.SHORT, (at + i) * 2, BFloat16.encode(values[i]));
        }
      }
      case F16 -> {
        for (int i = 0; i < count; i++) {
          data.set(Tensor.SHORT, (at + i) * 2, Float.floatToFloat16(values[i]));
        }
      }
      case F8_E4M3 -> writeBytes(E4M3::encode, values, count, data, at);
      case F8_E5M2 -> writeBytes(E5M2::encode, values, count, data, at);
      case I64, I32, I16, I8, U64, U32, U16, U8, BOOL ->
          throw new IllegalArgumentException("convert: cannot write " + target.dtype());
    }
  }

  private static void writeBytes(
      Encoder format, float[] values, int count, MemorySegment data, long at) {
    for (int i = 0; i < count; i++) {
      data.set(Tensor.BYTE, at + i, format.encode(values[i]));
    }
  }
}
