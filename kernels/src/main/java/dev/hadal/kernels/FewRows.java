package dev.hadal.kernels;

import static dev.hadal.kernels.ProductCode.COLUMNS;

import dev.hadal.kernels.FewRowsFrame.Field;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Products of few rows by {@link FewRowsCode}: the caller prepares the rows, then the members take
 * runs of panels, each from front to back.
 */
final class FewRows {
  private static final long ROW_BYTES = 4L * COLUMNS;

  /** Bytes of panels that are worth a run of their own. */
  private static final long RUN = 1 << 17;

  /** A run is this part of what is left for each member. */
  private static final long PARTS = 3;

  /** Bytes of panels of one call, well below a millisecond's worth. */
  private static final long CALL = 4 << 20;

  /** Bytes of panels below which waking the team costs more than it saves. */
  private static final long SMALL = 1 << 15;

  private final ThreadTeam team;
  private final FewRowsFunctions functions;
  private final NativeBuffer scratch = new NativeBuffer();
  private final FewRowsFrame[] frames;
  private final MemorySegment zeros = Arena.ofAuto().allocate(ROW_BYTES, ROW_BYTES);

  FewRows(ThreadTeam team, FewRowsFunctions functions) {
    this.team = team;
    this.functions = functions;
    frames = new FewRowsFrame[team.size()];
    Arrays.setAll(frames, _ -> new FewRowsFrame());
  }

  /** Whether products of a left operand are these. */
  boolean suits(LeftSharing sharing) {
    return sharing.rows() >= 1
        && sharing.rows() <= FewRowsCode.MOST
        && !sharing.transposed()
        && sharing.depth() > 0
        && functions.serves(sharing.kind());
  }

  /** A run of panels. */
  private record Run(
      FewRowsOperand a, LeftSharing.Product product, int firstPanel, int lastPanel) {}

  /** Runs all products. */
  void multiplyAll(List<LeftSharing> sharings) {
    if (sharings.isEmpty()) {
      return;
    }
    List<FewRowsOperand> operands = new ArrayList<>(sharings.size());
    long end = 0;
    long bytes = 0;
    for (LeftSharing sharing : sharings) {
      FewRowsOperand operand = new FewRowsOperand(sharing.a(), sharing.kind(), end);
      operands.add(operand);
      end = operand.end();
      for (LeftSharing.Product product : sharing.products()) {
        bytes += product.b().offset(product.b().count(), 0);
      }
    }
    MemorySegment rows = scratch.of(end);
    operands.forEach(operand -> operand.prepare(rows, functions));
    List<Run> runs = runs(sharings, operands, bytes);
    if (bytes < SMALL) {
      WorkItems.serially(runs, (run, member) -> multiply(run, rows, frames[member]));
    } else {
      WorkItems.share(team, runs, (run, member) -> multiply(run, rows, frames[member]));
    }
  }

  /** Long runs first, then ever shorter ones, so that all members end at nearly the same time. */
  private List<Run> runs(List<LeftSharing> sharings, List<FewRowsOperand> operands, long bytes) {
    List<Run> runs = new ArrayList<>();
    long left = bytes;
    for (int i = 0; i < sharings.size(); i++) {
      for (LeftSharing.Product product : sharings.get(i).products()) {
        int panels = product.b().count();
        long panelBytes = product.b().offset(1, 0);
        int panel = 0;
        while (panel < panels) {
          long wanted = Math.max(RUN, left / (PARTS * team.size())) / panelBytes;
          int next = (int) Math.min(panels, panel + Math.max(1, wanted));
          runs.add(new Run(operands.get(i), product, panel, next));
          left -= (next - panel) * panelBytes;
          panel = next;
        }
      }
    }
    return runs;
  }

  private void multiply(Run run, MemorySegment rows, FewRowsFrame frame) {
    Panels b = run.product.b();
    OperandKind kind = b.kind();
    Matrix.Dense c = run.product.job().c();
    int count = c.rows();
    long rowBytes = 4L * c.rowStride();
    MemorySegment out =
        c.values().data().asSlice(4L * c.fromColumn(), (count - 1) * rowBytes + 4L * b.outputs());
    long panelBytes = b.offset(1, 0);
    MemorySegment words = b.words().asSlice(0, b.offset(b.count(), 0));
    long scaleBytes = kind == OperandKind.TILED ? b.scaleOffset(1, 0) : 0;
    MemorySegment scales = b.scales().asSlice(0, scaleBytes * b.count());
    long firstOut = Addresses.of("product", out);
    long firstWord = Addresses.of("product", words);
    long firstScale = Addresses.of("product", scales);
    frame.set(Field.LEFT, run.a.address(rows));
    frame.set(Field.LEFT_ROW, run.a.rowBytes());
    frame.set(Field.WORDS, kind.words(b.depth()));
    frame.set(Field.TO_ROW, rowBytes);
    int whole = Math.min(run.lastPanel, b.outputs() / COLUMNS);
    int most = (int) Math.max(1, CALL / panelBytes);
    boolean accumulate = run.product.job().accumulate();
    int panel = run.firstPanel;
    while (panel < run.lastPanel) {
      int panels = panel < whole ? Math.min(most, whole - panel) : 1;
      int columns = panel < whole ? COLUMNS : b.outputs() - panel * COLUMNS;
      long to = firstOut + ROW_BYTES * panel;
      frame.set(Field.PANELS, panels);
      frame.set(Field.COLUMNS, (1L << columns) - 1);
      frame.set(Field.RIGHT, firstWord + panelBytes * panel);
      frame.set(Field.FROM, accumulate ? to : zeros.address());
      frame.set(Field.FROM_ROW, accumulate ? rowBytes : 0);
      frame.set(Field.FROM_PANEL, accumulate ? ROW_BYTES : 0);
      frame.set(Field.TO, to);
      frame.set(Field.LEFT_SCALES, run.a.scales(rows));
      frame.set(Field.RIGHT_SCALES, firstScale + scaleBytes * panel);
      functions.multiply(kind, count, frame);
      panel += panels;
    }
  }
}
