package dev.hadal.kernels;

import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * A right operand packed for {@link VectorMatMul} or {@link GeneratedMatMul}: panels of as many
 * outputs as a tile has columns, each panel word by word along the contraction, so that a product
 * reads it from front to back.
 *
 * @param width outputs of a panel
 * @param kind what a word holds
 * @param outputs N; the last panel is filled with zeros
 * @param depth K; the last word is filled with zeros
 * @param words [panels, words of K, width] of 4 bytes
 * @param scales [panels, groups of K, width] F32 if tiled, else empty
 */
record Panels(
    int width, OperandKind kind, int outputs, int depth, MemorySegment words, MemorySegment scales)
    implements MatMul.Packed {

  /** The number of panels. */
  int count() {
    return (outputs + width - 1) / width;
  }

  /** Offset of the words of a panel from contraction index k, a multiple of 4. */
  long offset(int panel, int k) {
    return 4L * width * ((long) panel * kind.words(depth) + k / kind.elements());
  }

  /** Offset of the scales of a panel in the group of contraction index k. */
  long scaleOffset(int panel, int k) {
    return 4L * width * ((long) panel * Matrix.Tiled.groups(depth) + k / Matrix.Tiled.GROUP);
  }

  /** The scales of a panel in one group. */
  void readScales(int panel, int k, float[] into) {
    MemorySegment.copy(scales, Tensor.FLOAT, scaleOffset(panel, k), into, 0, width);
  }
}
