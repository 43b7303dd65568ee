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

  /** Bytes of panels that are worth a run of their own: far more than a stream's beginning costs. */
  private static final long RUN = 1 << 18;

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
    Arrays.setAll(frames, _ -> new FewRowsFrame(Arena.ofAuto()));
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
  private record Run(FewRowsOperand a, LeftSharing.Product product, int firstPanel, int lastPanel) {}

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
    List<Run> runs = runs(sharings, operands, Math.max(RUN, bytes / (8L * team.size())));
    if (bytes < SMALL) {
      WorkItems.serially(runs, (run, member) -> multiply(run, rows, frames[member]));
    } else {
      WorkItems.share(team, runs, (run, member) -> multiply(run, rows, frames[member]));
    }
  }

  private static List<Run> runs(
      List<LeftSharing> sharings, List<FewRowsOperand> operands, long target) {
    List<Run> runs = new ArrayList<>();
    for (int i = 0; i < sharings.size(); i++) {
      for (LeftSharing.Product product : sharings.get(i).products()) {
        Panels b = product.b();
        int panels = b.count();
        long bytes = b.offset(panels, 0);
        int parts = Math.clamp((bytes + target - 1) / target, 1, Math.max(1, panels));
        for (int part = 0; part < parts; part++) {
          int from = (int) ((long) panels * part / parts);
          int to = (int) ((long) panels * (part + 1) / parts);
          if (from < to) {
            runs.add(new Run(operands.get(i), product, from, to));
          }
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
        c.values()
            .data()
            .asSlice(4L * c.fromColumn(), (count - 1) * rowBytes + 4L * b.outputs());
    long panelBytes = b.offset(1, 0);
    MemorySegment words = b.words().asSlice(0, b.offset(b.count(), 0));
    long scaleBytes = kind == OperandKind.TILED ? b.scaleOffset(1, 0) : 0;
    MemorySegment scales = b.scales().asSlice(0, scaleBytes * b.count());
    if (!out.isNative() || !words.isNative() || !scales.isNative()) {
      throw new IllegalArgumentException("product: generated code reaches no heap memory");
    }
    frame.set(Field.LEFT, run.a.address(rows));
    frame.set(Field.LEFT_ROW, run.a.rowBytes());
    frame.set(Field.RIGHT_PANEL, panelBytes);
    frame.set(Field.WORDS, kind.words(b.depth()));
    frame.set(Field.TO_ROW, rowBytes);
    frame.set(Field.RIGHT_SCALES_PANEL, scaleBytes);
    int atOnce = FewRowsFunctions.atOnce(kind, count);
    int whole = Math.min(run.lastPanel, b.outputs() / COLUMNS);
    int most = (int) Math.max(1, CALL / (panelBytes * atOnce));
    boolean accumulate = run.product.job().accumulate();
    int panel = run.firstPanel;
    while (panel < run.lastPanel) {
      boolean several = whole - panel >= atOnce;
      int left = panel < whole ? whole - panel : 1;
      int times = Math.min(most, several ? left / atOnce : left);
      int columns = panel < whole ? COLUMNS : b.outputs() - panel * COLUMNS;
      long to = out.address() + ROW_BYTES * panel;
      frame.set(Field.TIMES, times);
      frame.set(Field.COLUMNS, (1L << columns) - 1);
      frame.set(Field.RIGHT, words.address() + panelBytes * panel);
      frame.set(Field.FROM, accumulate ? to : zeros.address());
      frame.set(Field.FROM_ROW, accumulate ? rowBytes : 0);
      frame.set(Field.FROM_PANEL, accumulate ? ROW_BYTES : 0);
      frame.set(Field.TO, to);
      frame.set(Field.LEFT_SCALES, run.a.scales(rows));
      frame.set(Field.RIGHT_SCALES, scales.address() + scaleBytes * panel);
      functions.multiply(kind, count, several, frame);
      panel += times * (several ? atOnce : 1);
    }
  }
}
