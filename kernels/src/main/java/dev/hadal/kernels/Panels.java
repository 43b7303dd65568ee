package dev.hadal.kernels;

import static dev.hadal.kernels.MatMulTile.COLUMNS;

import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * A right operand packed for {@link VectorMatMul}: panels of as many outputs as a tile has columns,
 * each panel word by word along the contraction, so that a product reads it from front to back.
 *
 * @param kind what a word holds
 * @param outputs N; the last panel is filled with zeros
 * @param depth K; the last word is filled with zeros
 * @param words [panels, words of K, COLUMNS] of 4 bytes
 * @param scales [panels, groups of K, COLUMNS] F32 if tiled, else empty
 */
record Panels(OperandKind kind, int outputs, int depth, MemorySegment words, MemorySegment scales)
    implements MatMul.Packed {

  /** The number of panels. */
  static int count(int outputs) {
    return (outputs + COLUMNS - 1) / COLUMNS;
  }

  int count() {
    return count(outputs);
  }

  /** Offset of the words of a panel from contraction index k, a multiple of 4. */
  long offset(int panel, int k) {
    return 4L * COLUMNS * ((long) panel * kind.words(depth) + k / kind.elements());
  }

  /** Offset of the scales of a panel in the group of contraction index k. */
  long scaleOffset(int panel, int k) {
    return 4L * COLUMNS * ((long) panel * Matrix.Tiled.groups(depth) + k / Matrix.Tiled.GROUP);
  }

  /** The scales of a panel in one group. */
  void readScales(int panel, int k, float[] into) {
    MemorySegment.copy(scales, Tensor.FLOAT, scaleOffset(panel, k), into, 0, COLUMNS);
  }
}
