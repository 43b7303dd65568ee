package dev.hadal.kernels;

import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * What the Vector kernels share: the vector width of this machine, loads and stores, the 16-lane
 * sum.
 *
 * <p>Sums along a row must not depend on the width of the machine's registers. They run over 16
 * virtual lanes, element i in lane i mod 16, and a fixed tree adds the lanes at the end. A register
 * of 16 floats holds all lanes at once; a narrower one makes several strided passes over the row,
 * each for its share of the lanes. Elements after the last multiple of 16 are added by scalar code,
 * which rounds as a vector lane does.
 */
final class Simd {
  /** The preferred species, but at most 512 bits: 16 lanes are the widest the layout can use. */
  static final VectorSpecies<Float> FLOATS =
      FloatVector.SPECIES_PREFERRED.vectorBitSize() > 512
          ? FloatVector.SPECIES_512
          : FloatVector.SPECIES_PREFERRED;

  /** Ints of the same shape. */
  static final VectorSpecies<Integer> INTS = FLOATS.withLanes(int.class);

  /** Floats in a vector: 2, 4, 8 or 16. */
  static final int WIDTH = FLOATS.length();

  /** Lanes of the fixed layout of sums. */
  static final int LANES = 16;

  private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;

  private Simd() {}

  /** WIDTH floats at a byte offset. */
  static FloatVector load(MemorySegment segment, long offset) {
    return FloatVector.fromMemorySegment(FLOATS, segment, offset, LITTLE);
  }

  /** Stores WIDTH floats at a byte offset. */
  static void store(FloatVector vector, MemorySegment segment, long offset) {
    vector.intoMemorySegment(segment, offset, LITTLE);
  }

  /** One value in all lanes. */
  static FloatVector broadcast(float value) {
    return FloatVector.broadcast(FLOATS, value);
  }

  /** The largest multiple of WIDTH that is not above n. */
  static int whole(int n) {
    return n & -WIDTH;
  }

  /** The sum of a[i] * b[i] by fma in the 16-lane layout. */
  static float dot(MemorySegment a, long aOffset, MemorySegment b, long bOffset, int n) {
    float[] lanes = new float[LANES];
    int whole = n & -LANES;
    for (int lane = 0; lane < LANES; lane += WIDTH) {
      dotLanes(a, aOffset, b, bOffset, whole, lane, lanes);
    }
    for (int i = whole; i < n; i++) {
      float x = a.get(Tensor.FLOAT, aOffset + 4L * i);
      float y = b.get(Tensor.FLOAT, bOffset + 4L * i);
      lanes[i - whole] = Math.fma(x, y, lanes[i - whole]);
    }
    return tree(lanes);
  }

  private static void dotLanes(
      MemorySegment a,
      long aOffset,
      MemorySegment b,
      long bOffset,
      int whole,
      int lane,
      float[] lanes) {
    FloatVector sum = FloatVector.zero(FLOATS);
    for (int i = lane; i < whole; i += LANES) {
      sum = load(a, aOffset + 4L * i).fma(load(b, bOffset + 4L * i), sum);
    }
    sum.intoArray(lanes, lane);
  }

  /** The sum of a[i] * b[i] by fma in the 16-lane layout. */
  static float dot(float[] a, float[] b) {
    float[] lanes = new float[LANES];
    int whole = a.length & -LANES;
    for (int lane = 0; lane < LANES; lane += WIDTH) {
      FloatVector sum = FloatVector.zero(FLOATS);
      for (int i = lane; i < whole; i += LANES) {
        FloatVector x = FloatVector.fromArray(FLOATS, a, i);
        sum = x.fma(FloatVector.fromArray(FLOATS, b, i), sum);
      }
      sum.intoArray(lanes, lane);
    }
    for (int i = whole; i < a.length; i++) {
      lanes[i - whole] = Math.fma(a[i], b[i], lanes[i - whole]);
    }
    return tree(lanes);
  }

  /** The sum of x[i] in the 16-lane layout. */
  static float sum(float[] x) {
    float[] lanes = new float[LANES];
    int whole = x.length & -LANES;
    for (int lane = 0; lane < LANES; lane += WIDTH) {
      FloatVector sum = FloatVector.zero(FLOATS);
      for (int i = lane; i < whole; i += LANES) {
        sum = sum.add(FloatVector.fromArray(FLOATS, x, i));
      }
      sum.intoArray(lanes, lane);
    }
    for (int i = whole; i < x.length; i++) {
      lanes[i - whole] += x[i];
    }
    return tree(lanes);
  }

  /** The fixed tree over 16 lanes: the upper half is added to the lower until one is left. */
  static float tree(float[] lanes) {
    for (int half = LANES / 2; half > 0; half /= 2) {
      for (int lane = 0; lane < half; lane++) {
        lanes[lane] += lanes[lane + half];
      }
    }
    return lanes[0];
  }
}
