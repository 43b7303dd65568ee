package dev.hadal.text;

import java.util.concurrent.ThreadLocalRandom;

/**
 * The hash of this module's open-addressing tables. Every table draws a seed of its own, so that no
 * file or text can be made whose keys all meet in one place; no result depends on the seed.
 */
final class Hashing {
  private static final long ODD = 0x9E3779B97F4A7C15L;

  private Hashing() {}

  static long seed() {
    return ThreadLocalRandom.current().nextLong();
  }

  /** Mixes a word into a hash: both halves of a 128-bit product, folded. */
  static long mix(long hash, long word) {
    long mixed = hash ^ word;
    return Math.unsignedMultiplyHigh(mixed, ODD) ^ (mixed * ODD);
  }
}
