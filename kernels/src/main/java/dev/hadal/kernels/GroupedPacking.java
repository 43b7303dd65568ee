package dev.hadal.kernels;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Fills {@link GroupedPanels}. Bits move, nothing is rounded. */
record GroupedPacking(GroupedWeights source, GroupedPanels target) {
  private static final int WIDTH = GroupedPanels.WIDTH;
  private static final int BLOCK = GroupedPanels.BLOCK;

  /** Packs several weights, panels spread over a team. */
  static List<MatMul.Packed> packAll(
      ThreadTeam team, List<GroupedWeights> weights, Workspace workspace) {
    record Panel(GroupedPacking packing, int number) {}
    List<MatMul.Packed> packed = new ArrayList<>();
    List<Panel> panels = new ArrayList<>();
    for (GroupedWeights w : weights) {
      GroupedPanels.Form form = GroupedPanels.Form.of(w);
      int count = (w.outputs() + WIDTH - 1) / WIDTH;
      Tensor data = workspace.take(DType.U8, count * form.panelBytes(w.depth()));
      GroupedPacking packing =
          new GroupedPacking(w, new GroupedPanels(w.outputs(), w.depth(), form, data.data()));
      packed.add(packing.target);
      for (int panel = 0; panel < count; panel++) {
        panels.add(new Panel(packing, panel));
      }
    }
    WorkItems.share(team, panels, (panel, _) -> panel.packing.pack(panel.number));
    return packed;
  }

  private void pack(int panel) {
    int first = panel * WIDTH;
    int rows = Math.min(WIDTH, target.outputs() - first);
    for (int k = 0; k < target.depth(); k += BLOCK) {
      long at = target.offset(panel, k);
      int elements = target.elements(k);
      MemorySegment block = target.data().asSlice(at, target.form().blockBytes(elements));
      block.fill((byte) 0);
      packNumbers(block, source.scales(), 0, first, rows, k, elements);
      if (source.offsets() != null) {
        packNumbers(block, source.offsets(), 1, first, rows, k, elements);
      }
      packCodes(block, first, rows, k, elements);
    }
  }

  private void packNumbers(
      MemorySegment block,
      GroupedWeights.Scales scales,
      int kind,
      int first,
      int rows,
      int k,
      int elements) {
    int kinds = target.form().kinds();
    switch (scales) {
      case GroupedWeights.Plain(Tensor values) -> {
        int bytes = values.dtype().bytes();
        for (int group = 0; group < elements / scales.group(); group++) {
          for (int n = 0; n < rows; n++) {
            long from = (long) (first + n) * values.columns() + k / scales.group() + group;
            long to = (long) bytes * ((group * kinds + kind) * WIDTH + n);
            MemorySegment.copy(values.data(), bytes * from, block, to, bytes);
          }
        }
      }
      case GroupedWeights.Nested(Tensor outer, Tensor inner, int group) -> {
        for (int n = 0; n < rows; n++) {
          long from = (long) (first + n) * outer.columns() + k / BLOCK;
          MemorySegment.copy(outer.data(), 2 * from, block, 2L * (kind * WIDTH + n), 2);
        }
        int head = 2 * WIDTH * kinds;
        for (int g = 0; g < elements / group; g++) {
          for (int n = 0; n < rows; n++) {
            long from = (long) (first + n) * inner.columns() + k / group + g;
            byte number = inner.data().get(Tensor.BYTE, from);
            block.set(Tensor.BYTE, head + (g * kinds + kind) * WIDTH + n, number);
          }
        }
      }
    }
  }

  private void packCodes(MemorySegment block, int first, int rows, int k, int elements) {
    MemorySegment codes = source.codes().data();
    boolean nibbles = target.form().nibbles();
    int head = target.form().headBytes(elements);
    int word = target.form().wordElements();
    for (int n = 0; n < rows; n++) {
      long from = (long) (first + n) * source.depth() + k;
      for (int i = 0; i < elements; i += word) {
        int value = codes.get(Tensor.INT, from + i);
        if (nibbles) {
          value |= codes.get(Tensor.INT, from + i + 4) << 4;
        }
        block.set(Tensor.INT, head + (long) i / word * GroupedPanels.LINE + 4L * n, value);
      }
    }
  }
}
