package dev.hadal.kernels;

import static dev.hadal.kernels.MatMulTile.COLUMNS;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ObjIntConsumer;

/** Fills {@link Panels} from a right operand, a panel at a time. */
record PanelPacking(Matrix source, boolean columnsContracted, Panels target) {

  /** Packs operands into panels in the workspace; the members of the team take one at a time. */
  static List<MatMul.Packed> packAll(
      List<Matrix> operands,
      MatMul.Contraction contraction,
      Workspace workspace,
      ThreadTeam team,
      ObjIntConsumer<PanelPacking> pack) {
    record Panel(PanelPacking packing, int number) {}
    List<PanelPacking> packings = of(operands, contraction, workspace);
    List<Panel> panels = new ArrayList<>();
    for (PanelPacking packing : packings) {
      for (int panel = 0; panel < packing.target().count(); panel++) {
        panels.add(new Panel(packing, panel));
      }
    }
    WorkItems.share(team, panels, (panel, _) -> pack.accept(panel.packing, panel.number));
    return packings.stream().<MatMul.Packed>map(PanelPacking::target).toList();
  }

  private static List<PanelPacking> of(
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

  /** Packs one panel. */
  void pack(int panel) {
    packWords(panel);
    packScales(panel);
  }

  /** Packs one panel with generated code where its columns are whole. */
  void pack(int panel, ProductFunctions functions) {
    boolean whole = target.outputs() - panel * COLUMNS >= COLUMNS;
    if (!columnsContracted && whole && functions.serves(target.kind())) {
      interleave(panel, functions);
    } else {
      packWords(panel);
    }
    packScales(panel);
  }

  private void packWords(int panel) {
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
  }

  /** Whole words by generated code, a last one that is not as ever. */
  private void interleave(int panel, ProductFunctions functions) {
    OperandKind kind = target.kind();
    Words from = Words.of(source);
    int first = panel * COLUMNS;
    int words = target.depth() / kind.elements();
    long to = target.offset(panel, 0);
    functions.interleave(kind, from, first, target.words(), to, words);
    int rest = target.depth() % kind.elements();
    if (rest > 0) {
      long last = to + 4L * COLUMNS * words;
      from.skip(target.depth() - rest)
          .interleave(first, COLUMNS, rest, target.words(), last, COLUMNS);
    }
  }

  private void packScales(int panel) {
    if (!(source instanceof Matrix.Tiled tiled)) {
      return;
    }
    int first = panel * COLUMNS;
    int outputs = Math.min(COLUMNS, target.outputs() - first);
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
