package dev.hadal.kernels;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.lang.foreign.MemorySegment;

/** A right operand and the {@link Panels} that are to be filled from it. */
record PanelPacking(Matrix source, boolean columnsContracted, Panels target) {
  /** Takes memory for panels of a width. */
  static PanelPacking of(Matrix b, MatMul.Contraction contraction, int width, Workspace workspace) {
    boolean columns = contraction == MatMul.Contraction.COLUMNS;
    OperandKind kind = OperandKind.of(b, columns);
    int outputs = columns ? b.rows() : b.columns();
    int depth = columns ? b.columns() : b.rows();
    int panels = (outputs + width - 1) / width;
    Tensor words = workspace.take(DType.I32, panels, kind.words(depth), width);
    int groups = kind == OperandKind.TILED ? Matrix.Tiled.groups(depth) : 0;
    Tensor scales = workspace.take(DType.F32, panels, groups, width);
    return new PanelPacking(
        b, columns, new Panels(width, kind, outputs, depth, words.data(), scales.data()));
  }

  /** Outputs of a panel that exist. */
  int outputs(int panel) {
    return Math.min(target.width(), target.outputs() - panel * target.width());
  }

  /** Packs the scales of a panel, if there are any. */
  void packScales(int panel) {
    if (!(source instanceof Matrix.Tiled tiled)) {
      return;
    }
    int width = target.width();
    int first = panel * width;
    int outputs = outputs(panel);
    boolean together = !columnsContracted && tiled.tiling() == Matrix.Tiling.COLUMNS;
    for (int k = 0; k < target.depth(); k += Matrix.Tiled.GROUP) {
      long to = target.scaleOffset(panel, k);
      if (together && outputs == width) {
        long from = 4L * ((long) (k / Matrix.Tiled.GROUP) * tiled.columns() + first);
        MemorySegment.copy(tiled.scales().data(), from, target.scales(), to, 4L * width);
        continue;
      }
      for (int n = 0; n < width; n++) {
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
