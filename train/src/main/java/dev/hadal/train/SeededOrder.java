package dev.hadal.train;

import dev.hadal.numerics.RandomStream;

/** Random orders and the streams of random numbers that the data pipeline draws from. */
final class SeededOrder {
  // The upper byte of a stream says what it is for, the others which of them.
  static final long TOKENIZER_SAMPLE = 0xD1L << 56;
  static final long ENCODING = 0xD2L << 56;
  static final long FILL_IN_THE_MIDDLE = 0xD3L << 56;
  static final long EPOCH = 0xD4L << 56;
  static final long SEQUENCES = 0xD5L << 56;
  static final long EVALUATION = 0xD6L << 56;

  private SeededOrder() {}

  /** A random order of 0 to size - 1 (Fisher and Yates), a function of the arguments alone. */
  static int[] of(long seed, long stream, int size) {
    RandomStream random = new RandomStream(seed, stream);
    int[] order = new int[size];
    for (int i = 0; i < size; i++) {
      int other = random.bounded(i, i + 1);
      order[i] = order[other];
      order[other] = i;
    }
    return order;
  }
}
