package dev.hadal.model;

/**
 * How rows of a batch divide into sequences of equal length.
 *
 * @param count sequences
 * @param length rows of each
 * @param offsets first row of each sequence, and the number of rows at the end
 * @param positions position of each row in its sequence
 */
record Sequences(int count, int length, int[] offsets, int[] positions) {
  static Sequences of(int count, int length) {
    int[] offsets = new int[count + 1];
    int[] positions = new int[count * length];
    for (int s = 0; s < count; s++) {
      offsets[s + 1] = (s + 1) * length;
      for (int i = 0; i < length; i++) {
        positions[s * length + i] = i;
      }
    }
    return new Sequences(count, length, offsets, positions);
  }

  int rows() {
    return positions.length;
  }
}
