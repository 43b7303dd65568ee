package dev.hadal.numerics;

/**
 * Random numbers that are a function of (seed, stream, index): nothing is carried from one to the
 * next, so any of them can be had in any order, on any thread, after any interruption.
 *
 * <p>The generator is Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as
 * easy as 1, 2, 3"): ten rounds of products and exclusive-ors turn a counter of four 32-bit words,
 * here (index, stream), under a key of two, here the seed, into four random words.
 *
 * @param seed the key
 * @param stream which of the seed's independent sequences
 */
public record RandomStream(long seed, long stream) {
  private static final long MULTIPLIER_0 = 0xD2511F53L;
  private static final long MULTIPLIER_1 = 0xCD9E8D57L;
  private static final int WEYL_0 = 0x9E3779B9;
  private static final int WEYL_1 = 0xBB67AE85;
  private static final int ROUNDS = 10;

  /** 64 random bits: the first two words, the first word low. */
  public long bits(long index) {
    int[] words = {(int) index, (int) (index >>> 32), (int) stream, (int) (stream >>> 32)};
    encrypt(words, (int) seed, (int) (seed >>> 32));
    return Integer.toUnsignedLong(words[0]) | Integer.toUnsignedLong(words[1]) << 32;
  }

  /** A number in [0, 1), a multiple of 2^-53. */
  public double uniform(long index) {
    return (bits(index) >>> 11) * 0x1p-53;
  }

  /**
   * An integer in [0, bound), each as likely as the others to within bound / 2^64.
   *
   * @param bound above 0
   */
  public int bounded(long index, int bound) {
    if (bound <= 0) {
      throw new IllegalArgumentException("bounded: expected a bound above 0, got " + bound);
    }
    return (int) Math.unsignedMultiplyHigh(bits(index), bound);
  }

  /** A standard normal number (Box and Muller 1958), from the 128 bits of one index. */
  public double normal(long index) {
    int[] words = {(int) index, (int) (index >>> 32), (int) stream, (int) (stream >>> 32)};
    encrypt(words, (int) seed, (int) (seed >>> 32));
    long first = Integer.toUnsignedLong(words[0]) | Integer.toUnsignedLong(words[1]) << 32;
    long second = Integer.toUnsignedLong(words[2]) | Integer.toUnsignedLong(words[3]) << 32;
    // Above zero, for the logarithm.
    double radius = ((first >>> 11) + 1) * 0x1p-53;
    double turn = (second >>> 11) * 0x1p-53;
    return StrictMath.sqrt(-2 * StrictMath.log(radius)) * StrictMath.cos(2 * Math.PI * turn);
  }

  /** Replaces a counter of four words by four random words. */
  static void encrypt(int[] words, int key0, int key1) {
    for (int round = 0; round < ROUNDS; round++) {
      long product0 = MULTIPLIER_0 * Integer.toUnsignedLong(words[0]);
      long product1 = MULTIPLIER_1 * Integer.toUnsignedLong(words[2]);
      words[0] = (int) (product1 >>> 32) ^ words[1] ^ (key0 + round * WEYL_0);
      words[1] = (int) product1;
      words[2] = (int) (product0 >>> 32) ^ words[3] ^ (key1 + round * WEYL_1);
      words[3] = (int) product0;
    }
  }
}
