package dev.hadal.kernels;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;

/**
 * The three kinds of right operands beside {@link GroupedWeights}. They are packed in 32-bit words,
 * so that one transposition of words serves all.
 */
public enum OperandKind {
  /** FP32, a word an element. */
  DENSE(1, "FP32"),
  /** BF16, a word a pair. */
  BFLOAT(2, "BF16"),
  /** E4M3 codes, a word two pairs. */
  TILED(4, "FP8");

  private final int elements;
  private final String label;

  OperandKind(int elements, String label) {
    this.elements = elements;
    this.label = label;
  }

  /** The format, as people call it. */
  String label() {
    return label;
  }

  /** The kind of an operand of a contraction along columns or rows; fails if it cannot be one. */
  static OperandKind of(Matrix matrix, boolean columnsContracted) {
    return switch (matrix) {
      case Matrix.Dense dense -> {
        dense.values().requireType("product operand", DType.F32);
        yield DENSE;
      }
      case Matrix.BFloat _ -> BFLOAT;
      case Matrix.Tiled tiled -> {
        tiled.codes().requireType("product of tiles", DType.F8_E4M3);
        if (tiled.tiling() == (columnsContracted ? Matrix.Tiling.COLUMNS : Matrix.Tiling.ROWS)) {
          throw new IllegalArgumentException(
              "product: an operand is tiled by %s across its contraction"
                  .formatted(tiled.tiling()));
        }
        yield TILED;
      }
      case Matrix.Integers _ ->
          throw new IllegalArgumentException(
              "product: integers multiply grouped weights, which are packed as such");
    };
  }

  /** Bytes of a packed operand: its words, and the scales of its groups if it is tiled. */
  long packedBytes(long outputs, int depth) {
    long groups = this == TILED ? Matrix.Tiled.groups(depth) : 0;
    return aligned(4 * outputs * words(depth)) + aligned(4 * outputs * groups);
  }

  /** What a tensor of so many bytes takes of a workspace. */
  private static long aligned(long bytes) {
    return Math.ceilDiv(bytes, Tensor.ALIGNMENT) * Tensor.ALIGNMENT;
  }

  /** Bytes of an element. */
  int bytes() {
    return 4 / elements;
  }

  /** Elements in a word. */
  int elements() {
    return elements;
  }

  /** Words that hold so many elements of a contraction. */
  int words(int depth) {
    return (depth + elements - 1) / elements;
  }

  /** Terms that are added for so many elements of a contraction: pairs are filled. */
  int steps(int depth) {
    return this == DENSE ? depth : depth + (depth & 1);
  }
}
