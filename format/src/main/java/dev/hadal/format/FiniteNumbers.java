package dev.hadal.format;

import dev.hadal.numerics.BFloat16;
import dev.hadal.numerics.E4M3;
import dev.hadal.numerics.E5M2;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * Finds numbers that are not finite among many that are. Eight bytes are looked at together: in
 * each number of {@code mask} the bits that are all set in such a one, and {@code lowest}, which
 * added to these then carries into the sign's place, and into no other number's.
 *
 * @param mask the exponents, or for E4M3 all bits but the sign
 * @param lowest the lowest bit of each
 * @param sign the sign's place of each
 */
record FiniteNumbers(DType type, long mask, long lowest, long sign) {
  /** For a floating-point type. */
  static FiniteNumbers of(DType type) {
    long pattern =
        switch (type) {
          case F64 -> 0x7FF0_0000_0000_0000L;
          case F32 -> 0x7F80_0000L;
          case F16 -> 0x7C00;
          case BF16 -> 0x7F80;
          case F8_E5M2 -> 0x7C;
          case F8_E4M3 -> 0x7F;
          default -> throw new IllegalArgumentException("finite numbers: all of " + type + " are");
        };
    long mask = spread(pattern, type);
    long lowest = spread(Long.lowestOneBit(pattern), type);
    return new FiniteNumbers(type, mask, lowest, spread(1L << (8 * type.bytes() - 1), type));
  }

  private static long spread(long pattern, DType type) {
    long all = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 8 * type.bytes()) {
      all |= pattern << shift;
    }
    return all;
  }

  /** Whether all numbers of a segment are finite. */
  boolean all(MemorySegment numbers) {
    long whole = numbers.byteSize() / Long.BYTES * Long.BYTES;
    long carried = 0;
    for (long at = 0; at < whole; at += Long.BYTES) {
      carried |= (numbers.get(Tensor.LONG, at) & mask) + lowest;
    }
    if ((carried & sign) != 0) {
      return false;
    }
    for (long i = whole / type.bytes(); i < numbers.byteSize() / type.bytes(); i++) {
      if (!Double.isFinite(value(numbers, i))) {
        return false;
      }
    }
    return true;
  }

  /** The number at an index. */
  double value(MemorySegment numbers, long index) {
    return switch (type) {
      case F64 -> numbers.get(Tensor.DOUBLE, 8 * index);
      case F32 -> numbers.get(Tensor.FLOAT, 4 * index);
      case F16 -> Float.float16ToFloat(numbers.get(Tensor.SHORT, 2 * index));
      case BF16 -> BFloat16.decode(numbers.get(Tensor.SHORT, 2 * index));
      case F8_E5M2 -> E5M2.decode(numbers.get(Tensor.BYTE, index));
      case F8_E4M3 -> E4M3.decode(numbers.get(Tensor.BYTE, index));
      default -> throw new IllegalStateException("no floating-point type: " + type);
    };
  }
}
