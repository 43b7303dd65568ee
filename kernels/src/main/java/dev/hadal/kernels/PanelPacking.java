package dev.hadal.kernels;

import static dev.hadal.kernels.MatMulTile.COLUMNS;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.util.ArrayList;
import java.util.List;

/** Fills {@link Panels} from a right operand, a panel at a time. */
record PanelPacking(Matrix source, boolean columnsContracted, Panels target) {

  /** Panels in the workspace, to be packed. */
  static List<PanelPacking> of(
      List<Matrix> operands, MatMul.Contraction contraction, Workspace workspace) {
    boolean columns = contraction == MatMul.Contraction.COLUMNS;
    List<PanelPacking> packings = new ArrayList<>();
    for (Matrix b : operands) {
      OperandKind kind = OperandKind.of(b, columns);
      int outputs = columns ? b.rows() : b.columns();
      int depth = columns ? b.columns() : b.rows();
      int panels = Panels.count(outputs);
      Tensor words = workspace.take(DType.I32, panels, kind.words(depth), COLUMNS);
      int groups = kind == OperandKind.TILED ? Matrix.Tiled.groups(depth) : 0;
      Tensor scales = workspace.take(DType.F32, panels, groups, COLUMNS);
      packings.add(
          new PanelPacking(
              b, columns, new Panels(kind, outputs, depth, words.data(), scales.data())));
    }
    return packings;
  }

  /** Packs one panel with generated code where its columns are whole. */
  void pack(int panel, ProductFunctions functions) {
    int outputs = target.outputs() - panel * COLUMNS;
    if (columnsContracted || outputs < COLUMNS || !functions.serves(target.kind())) {
      pack(panel);
      return;
    }
    OperandKind kind = target.kind();
    Words from = Words.of(source);
    int whole = target.depth() / kind.elements();
    long to = target.offset(panel, 0);
    functions.interleave(kind, from, panel * COLUMNS, target.words(), to, whole);
    int done = whole * kind.elements();
    if (done < target.depth()) {
      from.skip(done)
          .interleave(
              panel * COLUMNS,
              COLUMNS,
              target.depth() - done,
              target.words(),
              to + 4L * COLUMNS * whole,
              COLUMNS);
    }
    if (source instanceof Matrix.Tiled tiled) {
      packScales(tiled, panel, panel * COLUMNS, COLUMNS);
    }
  }

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
