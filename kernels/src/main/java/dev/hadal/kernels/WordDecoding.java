package dev.hadal.kernels;

import static dev.hadal.kernels.Simd.FLOATS;
import static dev.hadal.kernels.Simd.INTS;
import static dev.hadal.kernels.Simd.WIDTH;

import dev.hadal.numerics.BFloat16;
import dev.hadal.numerics.E4M3;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Packed words as FP32 steps, in the order in which products add: of each pair the odd element
 * first.
 */
final class WordDecoding {
  /** Takes an E4M3 code's exponent bias to binary32's, at the places of binary32. */
  private static final float UNBIAS = 0x1p120f;

  private WordDecoding() {}

  /**
   * Decodes panels or tiles.
   *
   * @param words [count, lanes] at the offset
   * @param lanes a multiple of the vector width
   * @param to [count * elements, lanes]
   */
  static void decode(
      OperandKind kind, MemorySegment words, long from, int count, int lanes, float[] to) {
    switch (kind) {
      case DENSE -> MemorySegment.copy(words, Tensor.FLOAT, from, to, 0, count * lanes);
      case BFLOAT -> pairs(words, from, count, lanes, to);
      case TILED -> quads(words, from, count, lanes, to);
    }
  }

  private static void pairs(MemorySegment words, long from, int count, int lanes, float[] to) {
    for (int w = 0; w < count; w++) {
      int target = 2 * w * lanes;
      for (int lane = 0; lane < lanes; lane += WIDTH) {
        IntVector pairs = words(words, from + 4L * (w * lanes + lane));
        MatMulRows.odd(pairs).intoArray(to, target + lane);
        MatMulRows.even(pairs).intoArray(to, target + lanes + lane);
      }
    }
  }

  private static void quads(MemorySegment words, long from, int count, int lanes, float[] to) {
    for (int w = 0; w < count; w++) {
      for (int lane = 0; lane < lanes; lane += WIDTH) {
        IntVector codes = words(words, from + 4L * (w * lanes + lane));
        int target = 4 * w * lanes + lane;
        e4m3(codes.lanewise(VectorOperators.LSHL, 16)).intoArray(to, target);
        e4m3(codes.lanewise(VectorOperators.LSHL, 24)).intoArray(to, target + lanes);
        e4m3(codes).intoArray(to, target + 2 * lanes);
        e4m3(codes.lanewise(VectorOperators.LSHL, 8)).intoArray(to, target + 3 * lanes);
      }
    }
  }

  /**
   * Decodes one tile of a left operand, whose lanes need not fill a vector: vectors are stored in
   * ascending order, so that what one writes beyond its lanes is overwritten by the next; those
   * that would leave the tile are replaced by single elements.
   *
   * @param words [words, lanes]
   * @param to [steps, lanes] at the index
   */
  static void decodeTile(
      OperandKind kind, MemorySegment words, int steps, int lanes, float[] to, int at) {
    if (kind == OperandKind.DENSE) {
      MemorySegment.copy(words, Tensor.FLOAT, 0, to, at, steps * lanes);
      return;
    }
    int elements = kind.elements();
    int vectors = Math.max(0, steps * lanes - WIDTH + lanes) / (lanes * elements);
    if (lanes < WIDTH && vectors > 0) {
      for (int w = 0; w < vectors; w++) {
        IntVector codes = words(words, 4L * w * lanes);
        int target = at + w * elements * lanes;
        if (kind == OperandKind.BFLOAT) {
          MatMulRows.odd(codes).intoArray(to, target);
          MatMulRows.even(codes).intoArray(to, target + lanes);
        } else {
          e4m3(codes.lanewise(VectorOperators.LSHL, 16)).intoArray(to, target);
          e4m3(codes.lanewise(VectorOperators.LSHL, 24)).intoArray(to, target + lanes);
          e4m3(codes).intoArray(to, target + 2 * lanes);
          e4m3(codes.lanewise(VectorOperators.LSHL, 8)).intoArray(to, target + 3 * lanes);
        }
      }
    } else {
      vectors = 0;
    }
    for (int k = vectors * elements; k < steps; k++) {
      for (int lane = 0; lane < lanes; lane++) {
        int word = words.get(Tensor.INT, 4L * (k / elements * lanes + lane));
        to[at + k * lanes + lane] = element(kind, word, (k ^ 1) % elements);
      }
    }
  }

  private static float element(OperandKind kind, int word, int index) {
    return kind == OperandKind.BFLOAT
        ? BFloat16.decode((short) (word >> (16 * index)))
        : E4M3.decode((byte) (word >> (8 * index)));
  }

  private static IntVector words(MemorySegment segment, long at) {
    return IntVector.fromMemorySegment(INTS, segment, at, ByteOrder.LITTLE_ENDIAN);
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
