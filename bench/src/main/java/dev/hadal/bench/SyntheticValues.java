package dev.hadal.bench;

import dev.hadal.numerics.RandomStream;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** Values for measuring with: speed does not depend on them as long as they are ordinary. */
final class SyntheticValues {
  private static final int PERIOD = 1 << 16;

  private SyntheticValues() {}

  /** Fills an F32 tensor with normal numbers that repeat after 65,536: quick at any size. */
  static void fill(Tensor tensor, double std) {
    tensor.requireType("synthetic values", DType.F32);
    RandomStream random = new RandomStream(1, 0);
    MemorySegment data = tensor.data();
    long drawn = Math.min(PERIOD, tensor.elements());
    for (long i = 0; i < drawn; i++) {
      tensor.setFloat(i, (float) (std * random.normal(i)));
    }
    // Copies start one element further each time, so that no two rows of any length are equal.
    long at = drawn * Float.BYTES;
    long skip = 0;
    while (at < data.byteSize()) {
      skip = (skip + Float.BYTES) % (drawn * Float.BYTES);
      long bytes = Math.min(drawn * Float.BYTES - skip, data.byteSize() - at);
      MemorySegment.copy(data, skip, data, at, bytes);
      at += bytes;
    }
  }

  /** Random tokens below a vocabulary's size. */
  static int[] tokens(int count, int vocabulary) {
    RandomStream random = new RandomStream(1, 1);
    int[] tokens = new int[count];
    for (int i = 0; i < count; i++) {
      tokens[i] = random.bounded(i, vocabulary);
    }
    return tokens;
  }
}
