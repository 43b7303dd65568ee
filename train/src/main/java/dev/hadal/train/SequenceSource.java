package dev.hadal.train;

/**
 * Training data by number. Sequence {@code n} is a function of the data, the seed and {@code n}
 * alone, so the cursor of a run is one number, and ranks take numbers.
 */
public interface SequenceSource {
  /** L, the inputs of a sequence. */
  int length();

  /**
   * The tokens of a sequence: inputs are positions 0 to L - 1, targets 1 to L.
   *
   * @param number from 0, without end: passes over the data follow each other
   * @param tokens takes L + 1 ids
   * @param from where in {@code tokens}
   */
  void read(long number, int[] tokens, int from);

  /** SHA-256 of everything that decides the tokens, for comparison when a run is resumed. */
  String fingerprint();
}
