package dev.hadal.model;

/**
 * Sequences of one length that go through the model together.
 *
 * @param sequences B
 * @param length L, inputs per sequence
 * @param tokens [B, L + 1] row-major: inputs are positions 0 to L - 1, targets 1 to L
 */
public record MicroBatch(int sequences, int length, int[] tokens) {
  /** Checks the extents. */
  public MicroBatch {
    if (sequences < 1
        || length < 1
        || tokens.length != Math.multiplyExact(sequences, Math.addExact(length, 1))) {
      throw new IllegalArgumentException(
          "micro-batch: expected %d x (%d + 1) tokens, got %d"
              .formatted(sequences, length, tokens.length));
    }
  }

  /** T, the number of inputs. */
  public int inputs() {
    return sequences * length;
  }

  /**
   * The tokens {@code shift} places after each of the first {@code perSequence} inputs of every
   * sequence.
   */
  int[] shifted(int shift, int perSequence) {
    int[] ids = new int[sequences * perSequence];
    for (int s = 0; s < sequences; s++) {
      System.arraycopy(tokens, s * (length + 1) + shift, ids, s * perSequence, perSequence);
    }
    return ids;
  }
}
