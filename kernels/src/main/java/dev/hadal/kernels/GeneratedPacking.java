package dev.hadal.kernels;

import static dev.hadal.kernels.ProductCode.COLUMNS;

import dev.hadal.kernels.InterleaveFrame.Field;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Right operands to {@link Panels} as machine code.
 *
 * <p>Where columns are contracted, 16 rows at a time are transposed. Where rows are, several panels
 * are filled at once: a panel's piece of a row is one cache line or less, so panel by panel memory
 * would be read in lines far apart, each of another page.
 */
final class GeneratedPacking {
  /** Panels that are filled at once from rows. */
  private static final int PANELS = 16;

  /** Rows of an item. */
  private static final int ROWS = 1024;

  private final ThreadTeam team;
  private final PackingFunctions functions;
  private final InterleaveFrame[] frames;

  GeneratedPacking(ThreadTeam team, PackingFunctions functions) {
    this.team = team;
    this.functions = functions;
    frames = new InterleaveFrame[team.size()];
    Arrays.setAll(frames, _ -> new InterleaveFrame());
  }

  /** Some panels and, if rows are contracted, some of those; a multiple of 4 if not the last. */
  private record Part(PanelPacking packing, int panel, int lastPanel, int row, int lastRow) {}

  /** Fills all panels. */
  void pack(List<PanelPacking> packings) {
    List<Part> parts = new ArrayList<>();
    for (PanelPacking packing : packings) {
      Panels target = packing.target();
      int together = packing.columnsContracted() ? 1 : PANELS;
      int rows = packing.columnsContracted() ? target.depth() : ROWS;
      for (int panel = 0; panel < target.count(); panel += together) {
        int last = Math.min(target.count(), panel + together);
        for (int row = 0; row < target.depth(); row += rows) {
          parts.add(new Part(packing, panel, last, row, Math.min(target.depth(), row + rows)));
        }
      }
    }
    try {
      WorkItems.share(team, parts, (part, member) -> pack(part, frames[member]));
    } finally {
      Reference.reachabilityFence(packings);
    }
  }

  private void pack(Part part, InterleaveFrame frame) {
    PanelPacking packing = part.packing;
    if (packing.columnsContracted()) {
      transpose(packing, part.panel);
    } else {
      int whole = Math.clamp(packing.target().outputs() / COLUMNS, part.panel, part.lastPanel);
      interleave(part, part.panel, whole, frame);
      interleave(part, whole, part.lastPanel, frame);
    }
    if (part.row == 0) {
      for (int panel = part.panel; panel < part.lastPanel; panel++) {
        packing.packScales(panel);
      }
    }
  }

  /** A panel of 32 rows, in two halves. */
  private void transpose(PanelPacking packing, int panel) {
    Panels target = packing.target();
    Words words = Words.of(packing.source());
    int first = panel * COLUMNS;
    int outputs = packing.outputs(panel);
    long to = address(target, panel, 0, target.depth());
    for (int lane = 0; lane < COLUMNS; lane += TransposeCode.ROWS) {
      int rows = Math.clamp(outputs - lane, 0, TransposeCode.ROWS);
      int row = rows == 0 ? first : first + lane;
      functions.transpose(
          false,
          words.window(row, 0, Math.max(1, rows), target.depth()),
          words.rowBytes(),
          rows,
          (long) target.depth() * words.bytes(),
          to + 4L * lane,
          4L * COLUMNS);
    }
  }

  /** Panels of the same width. */
  private void interleave(Part part, int panel, int lastPanel, InterleaveFrame frame) {
    if (panel == lastPanel) {
      return;
    }
    Panels target = part.packing.target();
    Words words = Words.of(part.packing.source());
    int outputs = part.packing.outputs(panel);
    int columns = (lastPanel - panel - 1) * COLUMNS + outputs;
    int rows = part.lastRow - part.row;
    frame
        .set(Field.FROM_TILE, (long) words.bytes() * COLUMNS)
        .set(Field.TO_TILE, target.offset(1, 0))
        .set(Field.COLUMNS, (1L << outputs) - 1);
    address(target, lastPanel - 1, part.row, rows);
    functions.interleave(
        target.kind(),
        false,
        words.window(part.row, panel * COLUMNS, rows, columns),
        words.rowBytes(),
        rows,
        address(target, panel, part.row, rows),
        4L * COLUMNS,
        lastPanel - panel,
        frame);
  }

  /** Address of a panel's words from a contraction index on, after a check that they are there. */
  private static long address(Panels target, int panel, int k, int elements) {
    long bytes = 4L * COLUMNS * target.kind().words(elements);
    return target.words().asSlice(target.offset(panel, k), bytes).address();
  }
}
