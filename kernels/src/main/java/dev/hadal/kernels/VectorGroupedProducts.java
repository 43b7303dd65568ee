package dev.hadal.kernels;

import static dev.hadal.kernels.MatMulTile.COLUMNS;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Products with {@link GroupedPanels}: a block of a panel is decoded to FP32 in the innermost
 * cache, once for all rows, and multiplied by {@link MatMulTile}. Sums of small integers are exact
 * in FP32: a group's largest is 32 * 127 * 128 < 2^24.
 */
final class VectorGroupedProducts {
  private static final int BLOCK = GroupedPanels.BLOCK;
  private static final int WIDTH = GroupedPanels.WIDTH;

  /** Floats of packed left operands held at once, unless one operand needs more. */
  private static final int LEFT_BUDGET = 4 << 20;

  /** Multiply-adds below which waking the team costs more than it saves. */
  private static final long SMALL = 1 << 16;

  /** Multiply-adds of an item, at least. */
  private static final long ITEM = 1 << 17;

  /** Columns of panels that stand side by side in a tile. */
  private static final int TOGETHER = Math.max(1, COLUMNS / WIDTH);

  private final ThreadTeam team;
  private final Scratch[] scratch;

  VectorGroupedProducts(ThreadTeam team) {
    this.team = team;
    scratch = new Scratch[team.size()];
    Arrays.setAll(scratch, _ -> new Scratch());
  }

  /** What one member needs. */
  private static final class Scratch {
    final GroupedBlock block = new GroupedBlock();
    final float[] group = new float[MatMulTile.TALLEST * COLUMNS];
    float[] sums = {};

    void sums(int count) {
      if (sums.length < count) {
        sums = new float[count];
      }
    }
  }

  /** Some panels of a product, for all rows. */
  private record Item(
      GroupedRows rows, MatMul.Job job, GroupedPanels b, int firstPanel, int lastPanel) {}

  /** Runs products whose right operands are grouped panels. */
  void multiplyAll(List<MatMul.Job> jobs) {
    List<MatMul.Job> wave = new ArrayList<>();
    long floats = 0;
    for (MatMul.Job job : jobs) {
      GroupedPanels.require(job);
      long more = (long) job.c().rows() * job.b().depth();
      if (floats + more > LEFT_BUDGET && !wave.isEmpty()) {
        multiplyWave(wave);
        wave.clear();
        floats = 0;
      }
      wave.add(job);
      floats += more;
    }
    multiplyWave(wave);
  }

  @SuppressWarnings("ReferenceEquality") // comparing contents would cost more than packing
  private void multiplyWave(List<MatMul.Job> jobs) {
    List<GroupedRows> operands = new ArrayList<>();
    List<Item> items = new ArrayList<>();
    long work = 0;
    for (MatMul.Job job : jobs) {
      work += (long) job.c().rows() * job.b().outputs() * job.b().depth();
    }
    Matrix last = null;
    for (MatMul.Job job : jobs) {
      GroupedPanels b = (GroupedPanels) job.b();
      if (job.c().rows() == 0) {
        continue;
      }
      GroupedRows rows = operands.isEmpty() ? null : operands.getLast();
      if (rows == null || last != job.a() || rows.group() != b.form().group()) {
        rows = GroupedRows.of(job.a(), b.form().group());
        operands.add(rows);
        last = job.a();
      }
      addItems(items, rows, job, b, Math.max(ITEM, work / (8L * team.size())));
    }
    if (work < SMALL) {
      WorkItems.serially(operands, (rows, _) -> rows.pack());
      WorkItems.serially(items, (item, _) -> multiply(item, scratch[0]));
    } else {
      WorkItems.share(team, operands, (rows, _) -> rows.pack());
      WorkItems.share(team, items, (item, member) -> multiply(item, scratch[member]));
    }
  }

  private static void addItems(
      List<Item> items, GroupedRows rows, MatMul.Job job, GroupedPanels b, long target) {
    int units = (b.count() + TOGETHER - 1) / TOGETHER;
    long unit = (long) rows.rows() * b.depth() * WIDTH * TOGETHER;
    int parts = Math.clamp(unit * units / target, 1, units);
    for (int part = 0; part < parts; part++) {
      int from = (int) ((long) units * part / parts) * TOGETHER;
      int to = Math.min(b.count(), (int) ((long) units * (part + 1) / parts) * TOGETHER);
      items.add(new Item(rows, job, b, from, to));
    }
  }

  private static void multiply(Item item, Scratch own) {
    for (int panel = item.firstPanel; panel < item.lastPanel; panel += TOGETHER) {
      int panels = Math.min(TOGETHER, item.lastPanel - panel);
      for (int column = 0; column < panels * WIDTH; column += COLUMNS) {
        multiply(item, panel, panels, column, own);
      }
    }
  }

  /** All rows by the columns of a tile: some panels, or a part of one. */
  private static void multiply(Item item, int panel, int panels, int column, Scratch own) {
    GroupedRows rows = item.rows;
    GroupedPanels b = item.b;
    int size = rows.tallest() * COLUMNS;
    own.sums(rows.tiles() * size);
    Arrays.fill(own.sums, 0, rows.tiles() * size, 0);
    for (int k = 0; k < b.depth(); k += BLOCK) {
      own.block.decode(b, panel, panels, column, k, rows.integers());
      for (int tile = 0; tile < rows.tiles(); tile++) {
        if (rows.integers()) {
          addGroups(rows, tile, k, own, tile * size);
        } else {
          MatMulTile.multiply(
              rows.height(tile),
              rows.values(),
              rows.at(tile, k),
              own.block.values(),
              0,
              b.elements(k),
              own.sums,
              tile * size);
        }
      }
    }
    write(item, panel * WIDTH + column, own, size);
  }

  private static void addGroups(GroupedRows rows, int tile, int k, Scratch own, int sums) {
    GroupedBlock block = own.block;
    int height = rows.height(tile);
    int group = rows.group();
    for (int g = 0; g < block.groups(); g++) {
      int from = k + g * group;
      Arrays.fill(own.group, 0, height * COLUMNS, 0);
      MatMulTile.multiply(
          height,
          rows.values(),
          rows.at(tile, from),
          block.values(),
          g * group * COLUMNS,
          group,
          own.group,
          0);
      block.promote(own.group, rows, tile, from, g, height, own.sums, sums);
    }
  }

  private static void write(Item item, int firstColumn, Scratch own, int size) {
    Matrix.Dense c = item.job.c();
    long rowBytes = 4L * c.rowStride();
    MemorySegment out = c.values().data();
    int columns = Math.min(COLUMNS, item.b.outputs() - firstColumn);
    if (columns <= 0) {
      return;
    }
    for (int tile = 0; tile < item.rows.tiles(); tile++) {
      long row = (long) tile * item.rows.tallest() * rowBytes;
      long at = row + 4L * (c.fromColumn() + firstColumn);
      OutputTile.write(own.sums, tile * size, out, at, rowBytes, item.rows.rowsOf(tile), columns);
    }
  }
}
