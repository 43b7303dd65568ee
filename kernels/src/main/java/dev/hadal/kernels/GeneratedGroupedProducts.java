package dev.hadal.kernels;

import dev.hadal.kernels.GroupedFrame.Field;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Products of {@link Matrix.Integers} and {@link GroupedPanels} by {@link GroupedCode}. Of few rows
 * a member takes runs of panels, each read once from front to back; of many rows as many panels as
 * lie in its second-level cache, which all tiles of rows pass over.
 */
final class GeneratedGroupedProducts {
  private static final int WIDTH = GroupedPanels.WIDTH;

  /** Bytes of panels that all tiles pass over. */
  private static final long CACHED = 192 << 10;

  /** Bytes of panels of few rows that are worth a run of their own. */
  private static final long RUN = 1 << 17;

  /** A run is this part of what is left for each member. */
  private static final long PARTS = 3;

  /** Bytes of panels of one call, well below a millisecond's worth. */
  private static final long CALL = 4 << 20;

  /** Multiply-adds below which waking the team costs more than it saves. */
  private static final long SMALL = 1 << 16;

  /** Bytes of numbers and pairs held at once, unless one operand needs more. */
  private static final long LEFT_BUDGET = 32 << 20;

  private final ThreadTeam team;
  private final GroupedFunctions functions;
  private final NativeBuffer numbers = new NativeBuffer();
  private final NativeBuffer pairs = new NativeBuffer();
  private final Member[] members;

  GeneratedGroupedProducts(ThreadTeam team, GroupedFunctions functions) {
    this.team = team;
    this.functions = functions;
    members = new Member[team.size()];
    Arrays.setAll(members, _ -> new Member());
  }

  /** What one member needs. */
  private static final class Member {
    final GroupedFrame frame = new GroupedFrame();
    final NativeBuffer sums = new NativeBuffer();
    final NativeBuffer results = new NativeBuffer();
  }

  /** A product with its left operand. */
  private record Product(MatMul.Job job, GroupedPanels b, GroupedOperand a) {}

  /** Some panels of a product. */
  private record Item(Product product, int firstPanel, int lastPanel) {}

  /** Runs products whose left operands are integers and whose right ones are grouped panels. */
  void multiplyAll(List<MatMul.Job> jobs) {
    List<GroupedOperand> operands = new ArrayList<>();
    List<Product> wave = new ArrayList<>();
    long numberBytes = 0;
    long pairBytes = 0;
    for (MatMul.Job job : jobs) {
      GroupedPanels.require(job);
      if (job.c().rows() == 0) {
        continue;
      }
      GroupedPanels b = (GroupedPanels) job.b();
      GroupedOperand operand =
          GroupedOperand.of((Matrix.Integers) job.a(), b.form(), functions.instructions());
      GroupedOperand last = operands.isEmpty() ? null : operands.getLast();
      if (last == null || !last.serves(operand)) {
        long more = operand.numberBytes() + operand.pairBytes();
        if (last != null && numberBytes + pairBytes + more > LEFT_BUDGET) {
          multiply(operands, wave, numberBytes, pairBytes);
          operands.clear();
          wave.clear();
          numberBytes = 0;
          pairBytes = 0;
        }
        last = operand.at(numberBytes, pairBytes);
        operands.add(last);
        numberBytes += last.numberBytes();
        pairBytes += last.pairBytes();
      }
      wave.add(new Product(job, b, last));
    }
    multiply(operands, wave, numberBytes, pairBytes);
  }

  private void multiply(
      List<GroupedOperand> operands, List<Product> products, long numberBytes, long pairBytes) {
    record Tile(GroupedOperand operand, int number) {}
    MemorySegment numbers = this.numbers.of(numberBytes);
    MemorySegment pairs = this.pairs.of(pairBytes);
    List<Tile> tiles = new ArrayList<>();
    for (GroupedOperand operand : operands) {
      for (int tile = 0; tile < operand.tiles(); tile++) {
        tiles.add(new Tile(operand, tile));
      }
    }
    long work = 0;
    for (Product product : products) {
      work += (long) product.a.rows() * product.b.outputs() * product.b.depth();
    }
    WorkItems.Body<Tile> prepare =
        (tile, _) -> tile.operand.prepare(tile.number, numbers, pairs, functions);
    WorkItems.Body<Item> multiply =
        (item, member) -> multiply(item, numbers, pairs, members[member]);
    List<Item> items = items(products);
    if (work < SMALL) {
      WorkItems.serially(tiles, prepare);
      WorkItems.serially(items, multiply);
      return;
    }
    if (tiles.size() <= team.size()) {
      WorkItems.serially(tiles, prepare);
    } else {
      WorkItems.share(team, tiles, prepare);
    }
    WorkItems.share(team, items, multiply);
  }

  private long scratchBytes() {
    return (long) functions.instructions().most() * GroupedPanels.LINE;
  }

  /** Of few rows long runs first, then ever shorter ones: all members end at nearly one time. */
  private List<Item> items(List<Product> products) {
    long left = 0;
    for (Product product : products) {
      left += product.b.data().byteSize();
    }
    List<Item> items = new ArrayList<>();
    for (Product product : products) {
      GroupedPanels b = product.b;
      long panelBytes = b.form().panelBytes(b.depth());
      int panel = 0;
      while (panel < b.count()) {
        long share = left / (PARTS * team.size());
        long wanted = product.a.tiles() > 1 ? Math.min(CACHED, share) : Math.max(RUN, share);
        int next = (int) Math.min(b.count(), panel + Math.max(1, wanted / panelBytes));
        items.add(new Item(product, panel, next));
        left -= (next - panel) * panelBytes;
        panel = next;
      }
    }
    return items;
  }

  private void multiply(Item item, MemorySegment numbers, MemorySegment pairs, Member own) {
    GroupedPanels b = item.product.b;
    GroupedOperand a = item.product.a;
    Matrix.Dense c = item.product.job.c();
    long rowBytes = 4L * c.rowStride();
    MemorySegment out =
        c.values()
            .data()
            .asSlice(4L * c.fromColumn(), (c.rows() - 1) * rowBytes + 4L * b.outputs());
    long panelBytes = b.form().panelBytes(b.depth());
    long first = Addresses.of("product b", b.data().asSlice(0, panelBytes * b.count()));
    long results = Addresses.of("product c", out);
    CodeTable products = functions.products(b.form());
    GroupedFrame frame = own.frame;
    frame.set(Field.DEPTH, b.depth());
    frame.set(Field.LAST_HEAD, b.form().headBytes(b.depth() % GroupedPanels.BLOCK));
    frame.set(Field.LEFT_ROW, a.rowBytes());
    frame.set(Field.SUMS, own.sums.of(scratchBytes()).address());
    int whole = Math.min(item.lastPanel, b.outputs() / WIDTH);
    int most = (int) Math.max(1, CALL / panelBytes);
    for (int tile = 0; tile < a.tiles(); tile++) {
      int rows = a.rowsOf(tile);
      long row = (long) tile * functions.instructions().most() * rowBytes;
      frame.set(Field.NUMBERS, a.numbers(tile, numbers));
      frame.set(Field.LEFT, a.left(tile, pairs));
      frame.set(Field.TO_ROW, rowBytes);
      for (int panel = item.firstPanel; panel < whole; panel += most) {
        frame.set(Field.PANELS, Math.min(most, whole - panel));
        frame.set(Field.PANEL, first + panelBytes * panel);
        frame.set(Field.TO, results + row + 4L * WIDTH * panel);
        GroupedFunctions.multiply(products.get(rows), frame);
      }
      if (whole < item.lastPanel) {
        MemorySegment last = own.results.of(scratchBytes());
        frame.set(Field.PANELS, 1);
        frame.set(Field.PANEL, first + panelBytes * whole);
        frame.set(Field.TO, last.address());
        frame.set(Field.TO_ROW, GroupedPanels.LINE);
        GroupedFunctions.multiply(products.get(rows), frame);
        int columns = b.outputs() - WIDTH * whole;
        for (int r = 0; r < rows; r++) {
          long to = row + r * rowBytes + 4L * WIDTH * whole;
          MemorySegment.copy(
              last, Tensor.FLOAT, (long) GroupedPanels.LINE * r, out, Tensor.FLOAT, to, columns);
        }
      }
    }
  }
}
