package dev.hadal.kernels;

import static dev.hadal.kernels.ProductCode.COLUMNS;

import dev.hadal.kernels.ProductFrame.Field;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * {@link MatMul} with {@link ProductCode} as its inner loop, on {@link Panels} that {@link
 * GeneratedPacking} fills; other products serve the kinds that the processor has no instructions
 * for.
 *
 * <p>Where there are many rows, a member packs a block of them for itself and multiplies it by all
 * panels while it lies in its second-level cache. Otherwise left operands are packed by all
 * members, and then blocks of rows are multiplied by panels. Either way: for each block of the
 * contraction, so long that a panel's share of it lies in the innermost cache, all panels of an
 * item, and for each panel all tiles. Sums of several blocks wait side by side; C sees only the
 * last. E4M3 panels are decoded to BF16 pairs a block at a time.
 */
final class GeneratedMatMul implements MatMul {
  /**
   * Steps of a block of the contraction: a panel's block is 32 KiB, of the innermost cache's 48.
   */
  private static final int BLOCK_STEPS = 256;

  /** The same where a panel is decoded for few rows: its pairs stay in the innermost cache. */
  private static final int FEW_BLOCK_STEPS = 128;

  /** Rows up to which panels are read where they lie from front to back. */
  private static final int FEW_ROWS = 8;

  /** Rows of a block: with {@link #BLOCK_STEPS} they fill the second-level cache. */
  private static final int ROW_BLOCK = 960;

  /** Bytes of packed rows that a member keeps to itself, of the 1 MiB of its second-level cache. */
  private static final long OWN_BYTES = 384 << 10;

  /** Rows of such a block, at least: panels are read, and codes decoded, once for each. */
  private static final int OWN_ROWS = 192;

  /** Such blocks for each member, at least: all should end at nearly the same time. */
  private static final int OWN_BLOCKS = 6;

  /** Bytes of packed left operands held at once, unless one block needs more. */
  private static final long LEFT_BUDGET = 16 << 20;

  /** Sums of an item that wait, unless one panel has more. */
  private static final int WAITING_SUMS = 1 << 16;

  /** Multiply-adds below which waking the team costs more than it saves. */
  private static final long SMALL = 1 << 16;

  /** Multiply-adds of an item, at least. */
  private static final long ITEM = 1 << 19;

  private static final long ROW_BYTES = 4L * COLUMNS;

  private final ThreadTeam team;
  private final ProductFunctions functions;
  private final @Nullable GeneratedGroupedProducts grouped;
  private final Supplier<MatMul> others;
  private final GeneratedPacking packing;
  private final FewRows few;
  private final Member[] members;
  private final NativeBuffer values = new NativeBuffer();
  private final NativeBuffer scales = new NativeBuffer();
  private final MemorySegment zeros = Arena.ofAuto().allocate(ROW_BYTES, ROW_BYTES);

  /**
   * Products on a team.
   *
   * @param grouped serves products of small integers; null if the processor has no instructions
   * @param others serves the kinds that the processor has no instructions for
   */
  GeneratedMatMul(
      ThreadTeam team,
      ProductFunctions functions,
      @Nullable GeneratedGroupedProducts grouped,
      Supplier<MatMul> others) {
    this.team = team;
    this.functions = functions;
    this.grouped = grouped;
    this.others = others;
    packing = new GeneratedPacking(team, functions.packing());
    few = new FewRows(team, functions.few());
    members = new Member[team.size()];
    Arrays.setAll(members, _ -> new Member());
  }

  /** What one member needs. */
  private static final class Member {
    final InterleaveFrame packing = new InterleaveFrame();
    final ProductFrame frame = new ProductFrame();
    final NativeBuffer left = new NativeBuffer();
    final NativeBuffer leftScales = new NativeBuffer();
    final NativeBuffer pairs = new NativeBuffer();
    final NativeBuffer sums = new NativeBuffer();
  }

  /** Packed rows and the products that want them. */
  private record Piece(PackedRows rows, LeftSharing sharing) {}

  /** All tiles of a piece by some panels of a product. */
  private record Item(PackedRows rows, LeftSharing.Product product, int firstPanel, int lastPanel) {
    boolean few() {
      return rows.rows() <= FEW_ROWS;
    }
  }

  @Override
  public List<Packed> packAll(List<Matrix> operands, Contraction contraction, Workspace workspace) {
    List<PanelPacking> own = new ArrayList<>();
    List<Matrix> foreign = new ArrayList<>();
    List<Packed> packed = new ArrayList<>();
    for (Matrix b : operands) {
      if (serves(b, contraction)) {
        PanelPacking panels = PanelPacking.of(b, contraction, COLUMNS, workspace);
        own.add(panels);
        packed.add(panels.target());
      } else {
        foreign.add(b);
      }
    }
    packing.pack(own);
    if (!foreign.isEmpty()) {
      List<Packed> others = this.others.get().packAll(foreign, contraction, workspace);
      for (int i = 0, next = 0; next < others.size(); i++) {
        if (!serves(operands.get(i), contraction)) {
          packed.add(i, others.get(next++));
        }
      }
    }
    return packed;
  }

  @Override
  public long packedBytes(OperandKind kind, long outputs, int depth) {
    return functions.serves(kind) && depth > 0
        ? kind.packedBytes(Math.ceilDiv(outputs, COLUMNS) * COLUMNS, depth)
        : others.get().packedBytes(kind, outputs, depth);
  }

  @Override
  public List<Packed> packGrouped(List<GroupedWeights> weights, Workspace workspace) {
    return grouped == null
        ? others.get().packGrouped(weights, workspace)
        : GroupedPacking.packAll(team, weights, workspace);
  }

  @Override
  public Optional<Stored> store(Packed packed) {
    Optional<Stored> own = StoredOperands.store(packed, COLUMNS);
    return own.isPresent() ? own : others.get().store(packed);
  }

  @Override
  public Packed restore(Stored stored) {
    return StoredOperands.isOf(stored, COLUMNS)
        ? StoredOperands.restore(stored, COLUMNS)
        : others.get().restore(stored);
  }

  private boolean serves(Matrix b, Contraction contraction) {
    boolean columns = contraction == Contraction.COLUMNS;
    return functions.serves(OperandKind.of(b, columns)) && (columns ? b.columns() : b.rows()) > 0;
  }

  private boolean serves(Job job) {
    return job.b() instanceof Panels panels
        && panels.width() == COLUMNS
        && functions.serves(panels.kind())
        && panels.depth() > 0;
  }

  @Override
  public void multiplyAll(List<Job> jobs) {
    List<Job> foreign = new ArrayList<>();
    List<LeftSharing> fewRows = new ArrayList<>();
    List<LeftSharing> own = new ArrayList<>();
    List<Job> served = new ArrayList<>();
    List<Job> integers = new ArrayList<>();
    for (Job job : jobs) {
      boolean ofIntegers = job.b() instanceof GroupedPanels && job.a() instanceof Matrix.Integers;
      (ofIntegers && grouped != null ? integers : serves(job) ? served : foreign).add(job);
    }
    for (LeftSharing sharing : LeftSharing.of(served)) {
      (few.suits(sharing) ? fewRows : own).add(sharing);
    }
    try {
      if (grouped != null) {
        grouped.multiplyAll(integers);
      }
      few.multiplyAll(fewRows);
      multiplyInWaves(multiplyOwnRows(own));
    } finally {
      // The code knows addresses only: nothing may be freed that they belong to.
      Reference.reachabilityFence(jobs);
    }
    if (!foreign.isEmpty()) {
      others.get().multiplyAll(foreign);
    }
  }

  /**
   * Products of so many rows that each member can have blocks of its own.
   *
   * @return the other products
   */
  private List<LeftSharing> multiplyOwnRows(List<LeftSharing> sharings) {
    List<LeftSharing> others = new ArrayList<>();
    List<Piece> pieces = new ArrayList<>();
    for (LeftSharing sharing : sharings) {
      long rows = OWN_BYTES / PackedRows.rowBytes(sharing.kind(), sharing.depth());
      if (sharing.transposed() || rows < OWN_ROWS) {
        others.add(sharing);
      } else {
        blocks(sharing, (int) Math.min(rows, ROW_BLOCK))
            .forEach(block -> pieces.add(new Piece(block, sharing)));
      }
    }
    if (pieces.size() < OWN_BLOCKS * team.size()) {
      return sharings;
    }
    WorkItems.share(team, pieces, (piece, member) -> multiplyOwn(piece, members[member]));
    return others;
  }

  private void multiplyOwn(Piece piece, Member member) {
    PackedRows rows = piece.rows;
    MemorySegment left = member.left.of(rows.bytes());
    MemorySegment scales = member.leftScales.of(rows.scaleBytes());
    rows.pack(0, rows.count(), functions.packing(), member.packing, left, scales);
    for (LeftSharing.Product product : piece.sharing.products()) {
      Item item = new Item(rows, product, 0, product.b().count());
      multiply(item, left.address(), scales.address(), member);
    }
  }

  /** As many left operands at a time as the budget holds. */
  private void multiplyInWaves(List<LeftSharing> sharings) {
    List<Piece> wave = new ArrayList<>();
    long used = 0;
    long usedScales = 0;
    for (LeftSharing sharing : sharings) {
      for (PackedRows block : blocks(sharing, ROW_BLOCK)) {
        long bytes = block.bytes();
        if (used > 0 && used + bytes > LEFT_BUDGET) {
          multiply(wave, used, usedScales);
          wave.clear();
          used = 0;
          usedScales = 0;
        }
        wave.add(new Piece(block.at(used, usedScales), sharing));
        used += bytes;
        usedScales += block.scaleBytes();
      }
    }
    multiply(wave, used, usedScales);
  }

  /** The rows of a left operand in blocks of nearly the same size, at most so many rows. */
  private static List<PackedRows> blocks(LeftSharing sharing, int most) {
    int rows = sharing.rows();
    int count = (rows + most - 1) / most;
    List<PackedRows> blocks = new ArrayList<>();
    if (count == 0) {
      return blocks;
    }
    int height = PackedRows.height((rows + count - 1) / count);
    int tiles = (rows + height - 1) / height;
    for (int block = 0; block < count; block++) {
      int first = (int) ((long) tiles * block / count) * height;
      int last = Math.min(rows, (int) ((long) tiles * (block + 1) / count) * height);
      if (first < last) {
        blocks.add(
            new PackedRows(
                sharing.a(),
                sharing.transposed(),
                sharing.kind(),
                sharing.depth(),
                first,
                last - first,
                height,
                0,
                0));
      }
    }
    return blocks;
  }

  private void multiply(List<Piece> wave, long used, long usedScales) {
    MemorySegment left = values.of(used);
    MemorySegment leftScales = scales.of(usedScales);
    long work = 0;
    for (Piece piece : wave) {
      for (LeftSharing.Product product : piece.sharing.products()) {
        work += work(piece.rows.rows(), product.b());
      }
    }
    record Tiles(PackedRows rows, int from, int to) {}
    List<Tiles> packing = new ArrayList<>();
    for (Piece piece : wave) {
      PackedRows rows = piece.rows;
      int tiles = rows.atOnce();
      for (int tile = 0; tile < rows.count(); tile += tiles) {
        packing.add(new Tiles(rows, tile, Math.min(rows.count(), tile + tiles)));
      }
    }
    WorkItems.Body<Tiles> pack =
        (item, member) -> {
          InterleaveFrame frame = members[member].packing;
          item.rows.pack(item.from, item.to, functions.packing(), frame, left, leftScales);
        };
    WorkItems.Body<Item> multiply =
        (item, member) -> multiply(item, left.address(), leftScales.address(), members[member]);
    List<Item> items = items(wave, Math.max(ITEM, work / (16L * team.size())));
    if (used < SMALL) {
      WorkItems.serially(packing, pack);
    } else {
      WorkItems.share(team, packing, pack);
    }
    if (work < SMALL) {
      WorkItems.serially(items, multiply);
    } else {
      WorkItems.share(team, items, multiply);
    }
  }

  private static long work(int rows, Panels b) {
    return (long) rows * b.outputs() * b.depth();
  }

  private static List<Item> items(List<Piece> wave, long target) {
    List<Item> items = new ArrayList<>();
    for (Piece piece : wave) {
      for (LeftSharing.Product product : piece.sharing.products()) {
        int panels = product.b().count();
        long all = work(piece.rows.rows(), product.b());
        int parts = Math.clamp(all / target, 1, Math.max(1, panels));
        for (int part = 0; part < parts; part++) {
          int from = (int) ((long) panels * part / parts);
          int to = (int) ((long) panels * (part + 1) / parts);
          items.add(new Item(piece.rows, product, from, to));
        }
      }
    }
    return items;
  }

  /** Where one item's numbers lie. */
  private record Places(
      long left, long leftScales, long right, long rightScales, long c, long rowBytes) {
    /** Checks that everything that the code will touch is there. */
    static Places of(Item item, long left, long leftScales) {
      Panels b = item.product.b();
      Matrix.Dense c = item.product.job().c();
      long rowBytes = 4L * c.rowStride();
      long bytes = (c.rows() - 1) * rowBytes + 4L * b.outputs();
      MemorySegment out = c.values().data().asSlice(4L * c.fromColumn(), bytes);
      MemorySegment words = b.words().asSlice(0, b.offset(b.count(), 0));
      long scaleBytes = b.kind() == OperandKind.TILED ? b.scaleOffset(b.count(), 0) : 0;
      MemorySegment scales = b.scales().asSlice(0, scaleBytes);
      return new Places(
          left,
          leftScales,
          Addresses.of("product", words),
          Addresses.of("product", scales),
          Addresses.of("product", out) + item.rows.firstRow() * rowBytes,
          rowBytes);
    }
  }

  private void multiply(Item item, long left, long leftScales, Member member) {
    if (item.firstPanel == item.lastPanel) {
      return;
    }
    OperandKind kind = item.rows.kind();
    Places places = Places.of(item, left, leftScales);
    int depth = item.rows.depth();
    int elements = kind == OperandKind.DENSE ? 1 : 2;
    int block = elements * BLOCK_STEPS;
    if (item.few()) {
      block = kind == OperandKind.TILED ? elements * FEW_BLOCK_STEPS : depth;
    }
    boolean waiting = depth > block || startsRounded(item);
    int panelSums = item.rows.count() * item.rows.height() * COLUMNS;
    int panels = waiting ? Math.max(1, WAITING_SUMS / panelSums) : item.lastPanel;
    for (int panel = item.firstPanel; panel < item.lastPanel; panel += panels) {
      int to = Math.min(item.lastPanel, panel + panels);
      long sums = waiting ? member.sums.of(4L * panelSums * (to - panel)).address() : 0;
      multiply(item, places, panel, to, block, sums, member);
    }
  }

  private static boolean startsRounded(Item item) {
    return item.rows.kind() == OperandKind.BFLOAT && item.product.job().accumulate();
  }

  /** All tiles by some panels, block by block of the contraction. */
  private void multiply(
      Item item,
      Places places,
      int firstPanel,
      int lastPanel,
      int block,
      long sums,
      Member member) {
    Panels b = item.product.b();
    int depth = b.depth();
    for (int k = 0; k < depth; k += block) {
      int length = Math.min(block, depth - k);
      long slot = sums;
      for (int panel = firstPanel; panel < lastPanel; panel++) {
        long right = places.right + b.offset(panel, k);
        if (b.kind() == OperandKind.TILED) {
          right = pairs(right, b.kind().words(length), member);
        }
        slot = multiply(item, places, panel, k, length, right, slot, member);
      }
    }
  }

  /** The BF16 pairs of a panel's block of codes. */
  private long pairs(long codes, int words, Member member) {
    long pairs = member.pairs.of(2 * ROW_BYTES * words).address();
    for (long half = 0; half < ROW_BYTES; half += ROW_BYTES / 2) {
      functions.toPairs(codes + half, ROW_BYTES, pairs + half, ROW_BYTES, words);
    }
    return pairs;
  }

  /** All tiles by one panel over one block of the contraction; returns the next panel's slot. */
  private long multiply(
      Item item,
      Places places,
      int panel,
      int k,
      int length,
      long right,
      long slot,
      Member member) {
    PackedRows rows = item.rows;
    Panels b = item.product.b();
    ProductFrame frame = member.frame;
    int columns = Math.min(COLUMNS, b.outputs() - panel * COLUMNS);
    if (k == 0 && startsRounded(item)) {
      for (int tile = 0; tile < rows.count(); tile++) {
        roundStart(item, tile, panel, columns, member, slot + ROW_BYTES * rows.height() * tile);
      }
    }
    int last = rows.count() - 1;
    int whole = rows.rowsOf(last) == rows.height() ? rows.count() : last;
    for (int tile = 0; tile < rows.count(); tile = tile < whole ? whole : rows.count()) {
      frame.set(Field.COLUMNS, (1L << columns) - 1);
      frame.set(Field.STEPS, PackedRows.steps(rows.kind(), length));
      frame.set(Field.RIGHT, right);
      frame.set(Field.TILES, tile < whole ? whole : 1);
      frame.set(Field.LEFT, places.left + rows.offset(tile, k));
      frame.set(Field.LEFT_TILE, rows.tileBytes());
      if (rows.kind() == OperandKind.TILED) {
        frame.set(Field.LEFT_SCALES, places.leftScales + rows.scaleOffset(tile, k));
        frame.set(Field.LEFT_SCALES_TILE, rows.tileScaleBytes());
        frame.set(Field.RIGHT_SCALES, places.rightScales + b.scaleOffset(panel, k));
      }
      setSums(item, places, panel, tile, k, length, slot, frame);
      ProductFunctions.multiply(functions.tile(rows.kind(), rows.rowsOf(tile)), frame);
    }
    return slot + ROW_BYTES * rows.height() * rows.count();
  }

  /** Where the sums of a tile and the next ones come from and go. */
  private void setSums(
      Item item,
      Places places,
      int panel,
      int tile,
      int k,
      int length,
      long firstSlot,
      ProductFrame frame) {
    int height = item.rows.height();
    long slot = firstSlot + ROW_BYTES * height * tile;
    long c = places.c + (long) tile * height * places.rowBytes + ROW_BYTES * panel;
    boolean waiting = k > 0 || startsRounded(item);
    boolean zero = !waiting && !item.product.job().accumulate();
    long stride = waiting ? ROW_BYTES : zero ? 0 : places.rowBytes;
    frame.set(Field.FROM, waiting ? slot : zero ? zeros.address() : c);
    frame.set(Field.FROM_STRIDE, stride);
    frame.set(Field.FROM_TILE, stride * height);
    boolean last = k + length == item.rows.depth();
    long toStride = last ? places.rowBytes : ROW_BYTES;
    frame.set(Field.TO, last ? c : slot);
    frame.set(Field.TO_STRIDE, toStride);
    frame.set(Field.TO_TILE, toStride * height);
  }

  /** Copies a tile of C to where its sums wait, tiny values as zero. */
  private static void roundStart(
      Item item, int tile, int panel, int columns, Member member, long slot) {
    Matrix.Dense c = item.product.job().c();
    MemorySegment sums = member.sums.of(0);
    long to = slot - sums.address();
    int first = item.rows.firstRow() + tile * item.rows.height();
    for (int r = 0; r < item.rows.rowsOf(tile); r++) {
      long row = (long) (first + r) * c.rowStride() + c.fromColumn() + panel * COLUMNS;
      for (int n = 0; n < columns; n++) {
        float start = ReferenceMatMul.start(c.values().getFloat(row + n));
        sums.set(Tensor.FLOAT, to + r * ROW_BYTES + 4L * n, start);
      }
    }
  }
}
