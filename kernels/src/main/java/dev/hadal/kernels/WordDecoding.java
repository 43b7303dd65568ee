package dev.hadal.kernels;

import static dev.hadal.kernels.Simd.FLOATS;
import static dev.hadal.kernels.Simd.INTS;
import static dev.hadal.kernels.Simd.WIDTH;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Words of packed BF16 or E4M3 operands as FP32 steps, in the order in which products add: of each
 * pair the odd element first.
 */
final class WordDecoding {
  /** Takes an E4M3 code's exponent bias to binary32's, at the places of binary32. */
  private static final float UNBIAS = 0x1p120f;

  private WordDecoding() {}

  /**
   * Decodes.
   *
   * @param words words of {@code lanes} lanes
   * @param to [words * elements, lanes] F32
   * @param lanes a multiple of the vector width
   */
  static void decode(
      OperandKind kind,
      MemorySegment words,
      long from,
      int count,
      int lanes,
      MemorySegment to,
      long toOffset) {
    long step = 4L * lanes;
    for (int w = 0; w < count; w++) {
      long source = from + w * step;
      long target = toOffset + w * kind.elements() * step;
      for (int lane = 0; lane < lanes; lane += WIDTH) {
        if (kind == OperandKind.BFLOAT) {
          pair(words, source + 4L * lane, to, target + 4L * lane, step);
        } else {
          quad(words, source + 4L * lane, to, target + 4L * lane, step);
        }
      }
    }
  }

  private static void pair(
      MemorySegment words, long from, MemorySegment to, long target, long step) {
    IntVector pairs = IntVector.fromMemorySegment(INTS, words, from, ByteOrder.LITTLE_ENDIAN);
    Simd.store(MatMulTile.odd(pairs), to, target);
    Simd.store(MatMulTile.even(pairs), to, target + step);
  }

  private static void quad(
      MemorySegment words, long from, MemorySegment to, long target, long step) {
    IntVector codes = IntVector.fromMemorySegment(INTS, words, from, ByteOrder.LITTLE_ENDIAN);
    Simd.store(e4m3(codes.lanewise(VectorOperators.LSHL, 16)), to, target);
    Simd.store(e4m3(codes.lanewise(VectorOperators.LSHL, 24)), to, target + step);
    Simd.store(e4m3(codes), to, target + 2 * step);
    Simd.store(e4m3(codes.lanewise(VectorOperators.LSHL, 8)), to, target + 3 * step);
  }

  /**
   * The values of the E4M3 codes in the top bytes. With exponent and mantissa at binary32's places
   * a code is its value times 2^-120, subnormals included.
   */
  static FloatVector e4m3(IntVector codes) {
    IntVector placed = codes.lanewise(VectorOperators.ASHR, 4).and(0x87F00000);
    VectorMask<Float> nan =
        placed.and(0x07F00000).compare(VectorOperators.EQ, 0x07F00000).cast(FLOATS);
    return placed.reinterpretAsFloats().mul(UNBIAS).blend(Float.NaN, nan);
  }
}
