package dev.hadal.kernels;

import static dev.hadal.kernels.MatMulTile.COLUMNS;

import dev.hadal.tensor.Tensor;

/** Fills {@link Panels} from a right operand, a panel at a time. */
record PanelPacking(Matrix source, boolean columnsContracted, Panels target) {

  /** Packs one panel. */
  void pack(int panel) {
    int first = panel * COLUMNS;
    int outputs = Math.min(COLUMNS, target.outputs() - first);
    long to = target.offset(panel, 0);
    Words from = Words.of(source);
    if (columnsContracted) {
      int[] block = new int[Transposition.BLOCK];
      from.transpose(first, outputs, target.depth(), target.words(), to, COLUMNS, block);
    } else {
      from.interleave(first, outputs, target.depth(), target.words(), to, COLUMNS);
    }
    if (source instanceof Matrix.Tiled tiled) {
      packScales(tiled, panel, first, outputs);
    }
  }

  private void packScales(Matrix.Tiled tiled, int panel, int first, int outputs) {
    for (int k = 0; k < target.depth(); k += Matrix.Tiled.GROUP) {
      long to = target.scaleOffset(panel, k);
      for (int n = 0; n < COLUMNS; n++) {
        float scale = 0;
        if (n < outputs) {
          scale =
              columnsContracted
                  ? ReferenceQuantizer.scale(tiled, first + n, k)
                  : ReferenceQuantizer.scale(tiled, k, first + n);
        }
        target.scales().set(Tensor.FLOAT, to + 4L * n, scale);
      }
    }
  }
}
