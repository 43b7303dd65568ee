package dev.hadal.model;

import dev.hadal.format.IntegerTensor;
import dev.hadal.kernels.GroupedWeights;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.lang.foreign.MemorySegment;

/** {@link IntegerTensor}s of a file as operands of products. */
final class StoredIntegers {
  private static final int STEP = GroupedWeights.STEP;

  private StoredIntegers() {}

  /**
   * The same integers and scales, the scales once for each 32 elements.
   *
   * @param integers in groups of a multiple of 32
   */
  static GroupedWeights grouped(IntegerTensor integers, Workspace staging) {
    int rows = integers.rows();
    int columns = integers.columns();
    Tensor scales = staging.take(integers.scales().dtype(), rows, columns / STEP);
    int bytes = scales.dtype().bytes();
    int repeats = integers.group() / STEP;
    for (long i = 0; i < scales.elements(); i++) {
      MemorySegment.copy(
          integers.scales().data(), i / repeats * bytes, scales.data(), i * bytes, bytes);
    }
    GroupedWeights.Scales plain = new GroupedWeights.Plain(scales);
    if (integers.bits() == 8) {
      Tensor codes = staging.take(DType.I8, rows, columns);
      codes.copyFrom(integers.codes());
      return new GroupedWeights(codes, new GroupedWeights.Bytes(), plain, null);
    }
    Tensor codes = staging.take(DType.I8, rows, columns);
    for (long word = 0; word < integers.codes().elements(); word++) {
      int packed = integers.codes().data().get(Tensor.INT, 4 * word);
      // Each nibble to a byte of its own: four at a time.
      codes.data().set(Tensor.INT, 8 * word, spread(packed));
      codes.data().set(Tensor.INT, 8 * word + 4, spread(packed >>> 16));
    }
    return new GroupedWeights(codes, GroupedWeights.Nibbles.from(-8), plain, null);
  }

  private static int spread(int nibbles) {
    return (nibbles & 0xF)
        | (nibbles & 0xF0) << 4
        | (nibbles & 0xF00) << 8
        | (nibbles & 0xF000) << 12;
  }
}
