package dev.hadal.kernels;

import static dev.hadal.kernels.MatMulTile.COLUMNS;

import dev.hadal.tensor.Workspace;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * {@link MatMul} with lanes along the outputs.
 *
 * <p>Weights lie packed in {@link Panels}. A call first packs its left operands into {@link
 * RowTiles}, then multiplies tiles by panels; both halves are cut into items that the members of
 * the team take one after the other, so that many small products of uneven sizes keep all of them
 * busy. Which member computes an item changes no bit: every output is one chain over the
 * contraction, in a register while a block of it lasts.
 *
 * <p>For many rows a panel's block of BF16 or E4M3 words is decoded once to FP32 in the innermost
 * caches, with the pairs in the order of additions, and all kinds share one inner loop. Up to
 * {@value #FEW_ROWS} rows are bound by the reading of the weights, and BF16 words are decoded in
 * registers instead.
 */
final class VectorMatMul implements MatMul {
  /** Steps of the contraction in a block: a panel's block of FP32 is 64 KiB with 512 bits. */
  private static final int BLOCK = 512;

  /** Rows that share a decoded block. */
  private static final int ROW_BLOCK = 960;

  /** Rows up to which BF16 words are decoded in registers. */
  private static final int FEW_ROWS = 8;

  /** Floats of packed left operands held at once, unless one tile needs more. */
  private static final int LEFT_BUDGET = 4 << 20;

  /** Rows that one member packs for itself: with a contraction of 512 steps, half of its L2. */
  private static final int OWN_ROWS = 240;

  /** The longest contraction for which members pack for themselves. */
  private static final int OWN_DEPTH = 2048;

  /** Rows that make it worth decoding a whole right operand for them alone. */
  private static final int OWN_ROWS_LEAST = 48;

  /** Sums of an item that wait for the next block of the contraction, unless one panel has more. */
  private static final int WAITING_SUMS = 1 << 16;

  /** Multiply-adds below which waking the team costs more than it saves. */
  private static final long SMALL = 1 << 16;

  /** Multiply-adds of an item, at least. */
  private static final long ITEM = 1 << 18;

  private final ThreadTeam team;
  private final VectorGroupedProducts grouped;
  private final Scratch[] scratch;
  private float[] values = {};
  private float[] scales = {};

  VectorMatMul(ThreadTeam team) {
    this.team = team;
    grouped = new VectorGroupedProducts(team);
    scratch = new Scratch[team.size()];
    Arrays.setAll(scratch, _ -> new Scratch());
  }

  /** What one member needs. */
  private static final class Scratch {
    final float[] group = new float[MatMulTile.TALLEST * COLUMNS];
    final float[] scales = new float[COLUMNS];
    final int[] square = new int[Transposition.BLOCK];
    final float[] block = new float[BLOCK * COLUMNS];
    float[] sums = {};
    private float[] ownValues = {};
    private float[] ownScales = {};

    /** The packed left operands that the member reads: its own or the team's. */
    float[] leftValues = {};

    float[] leftScales = {};
    final NativeBuffer words = new NativeBuffer();

    void sums(int count) {
      if (sums.length < count) {
        sums = new float[count];
      }
    }

    /** Makes room for left operands that only this member reads. */
    void own(long values, long scales) {
      if (ownValues.length < values) {
        ownValues = new float[Math.toIntExact(values)];
      }
      if (ownScales.length < scales) {
        ownScales = new float[Math.toIntExact(scales)];
      }
      leftValues = ownValues;
      leftScales = ownScales;
    }
  }

  /** Whether B's words are read where they lie, for tiles of at most 4 rows. */
  private static boolean direct(LeftSharing sharing) {
    return sharing.kind() != OperandKind.TILED && sharing.rows() <= FEW_ROWS;
  }

  private static int tallest(LeftSharing sharing) {
    return direct(sharing) ? 4 : MatMulTile.TALLEST;
  }

  /** Packed rows and the products that want them. */
  private record Piece(RowTiles tiles, LeftSharing sharing) {}

  /** Some tiles by some panels of a product. */
  private record Item(
      Piece piece,
      LeftSharing.Product product,
      int firstTile,
      int lastTile,
      int firstPanel,
      int lastPanel) {}

  @Override
  public List<Packed> packAll(List<Matrix> operands, Contraction contraction, Workspace workspace) {
    record Panel(PanelPacking packing, int number) {}
    List<PanelPacking> packings = new ArrayList<>();
    List<Panel> panels = new ArrayList<>();
    for (Matrix b : operands) {
      PanelPacking packing = PanelPacking.of(b, contraction, COLUMNS, workspace);
      packings.add(packing);
      for (int panel = 0; panel < packing.target().count(); panel++) {
        panels.add(new Panel(packing, panel));
      }
    }
    WorkItems.share(team, panels, (panel, _) -> pack(panel.packing, panel.number));
    return packings.stream().<Packed>map(PanelPacking::target).toList();
  }

  @Override
  public long packedBytes(OperandKind kind, long outputs, int depth) {
    return kind.packedBytes(Math.ceilDiv(outputs, COLUMNS) * COLUMNS, depth);
  }

  @Override
  public List<Packed> packGrouped(List<GroupedWeights> weights, Workspace workspace) {
    return GroupedPacking.packAll(team, weights, workspace);
  }

  @Override
  public Optional<Stored> store(Packed packed) {
    return StoredOperands.store(packed, COLUMNS);
  }

  @Override
  public Packed restore(Stored stored) {
    return StoredOperands.restore(stored, COLUMNS);
  }

  private static void pack(PanelPacking packing, int panel) {
    Panels target = packing.target();
    int first = panel * COLUMNS;
    int outputs = packing.outputs(panel);
    long to = target.offset(panel, 0);
    VectorWords from = VectorWords.of(packing.source());
    if (packing.columnsContracted()) {
      int[] block = new int[Transposition.BLOCK];
      from.transpose(first, outputs, target.depth(), target.words(), to, COLUMNS, block);
    } else {
      from.interleave(first, outputs, target.depth(), target.words(), to, COLUMNS);
    }
    packing.packScales(panel);
  }

  @Override
  public void multiplyAll(List<Job> jobs) {
    List<Job> ofGroups = jobs.stream().filter(VectorMatMul::isGrouped).toList();
    if (!ofGroups.isEmpty()) {
      grouped.multiplyAll(ofGroups);
    }
    multiplyOthers(jobs.stream().filter(job -> !isGrouped(job)).toList());
  }

  private static boolean isGrouped(Job job) {
    return job.b() instanceof GroupedPanels;
  }

  private void multiplyOthers(List<Job> jobs) {
    if (jobs.isEmpty()) {
      return;
    }
    List<LeftSharing> sharings = LeftSharing.of(jobs);
    List<Piece> blocks = blocks(sharings);
    if (blocks.isEmpty()) {
      multiplyShared(sharings);
    } else {
      WorkItems.share(team, blocks, (piece, member) -> packAndMultiply(piece, scratch[member]));
    }
  }

  /** Blocks of rows that members pack and multiply each on its own; none if sharing is better. */
  private List<Piece> blocks(List<LeftSharing> sharings) {
    List<Piece> pieces = new ArrayList<>();
    long rows = 0;
    for (LeftSharing sharing : sharings) {
      if (sharing.depth() > OWN_DEPTH) {
        return List.of();
      }
      rows += sharing.rows();
      int tallest = tallest(sharing);
      int tiles = (sharing.rows() + tallest - 1) / tallest;
      int blocks = (sharing.rows() + OWN_ROWS - 1) / OWN_ROWS;
      if (sharings.size() == 1) {
        blocks = (blocks + team.size() - 1) / team.size() * team.size();
      }
      for (int block = 0; block < blocks; block++) {
        int from = (int) ((long) tiles * block / blocks) * tallest;
        int to = Math.min(sharing.rows(), (int) ((long) tiles * (block + 1) / blocks) * tallest);
        pieces.add(
            new Piece(
                new RowTiles(
                    sharing.a(),
                    sharing.transposed(),
                    sharing.kind(),
                    sharing.depth(),
                    from,
                    to - from,
                    tallest,
                    0,
                    0),
                sharing));
      }
    }
    boolean enough =
        pieces.size() >= 4 * team.size() && rows >= (long) OWN_ROWS_LEAST * pieces.size();
    return enough ? pieces : List.of();
  }

  private void packAndMultiply(Piece piece, Scratch own) {
    RowTiles tiles = piece.tiles;
    int groups = tiles.kind() == OperandKind.TILED ? Matrix.Tiled.groups(tiles.depth()) : 0;
    own.own(
        RowTiles.values(tiles.kind(), tiles.depth(), tiles.rows(), tiles.tallest()),
        (long) groups * (tiles.rows() + tiles.tallest()));
    pack(tiles, 0, tiles.count(), own);
    for (LeftSharing.Product product : piece.sharing.products()) {
      multiply(new Item(piece, product, 0, tiles.count(), 0, product.b().count()), own);
    }
  }

  private void multiplyShared(List<LeftSharing> sharings) {
    List<Piece> wave = new ArrayList<>();
    long used = 0;
    long usedScales = 0;
    for (LeftSharing sharing : sharings) {
      int tallest = tallest(sharing);
      int groups = sharing.kind() == OperandKind.TILED ? Matrix.Tiled.groups(sharing.depth()) : 0;
      int row = 0;
      while (row < sharing.rows()) {
        long rowValues = Math.max(1, sharing.kind().steps(sharing.depth()));
        long room = (LEFT_BUDGET - used) / rowValues / tallest * tallest;
        if (room <= 0 && !wave.isEmpty()) {
          multiply(wave, used, usedScales);
          wave.clear();
          used = 0;
          usedScales = 0;
          continue;
        }
        int rows = (int) Math.min(sharing.rows() - row, Math.max(room, tallest));
        RowTiles tiles =
            new RowTiles(
                sharing.a(),
                sharing.transposed(),
                sharing.kind(),
                sharing.depth(),
                row,
                rows,
                tallest,
                Math.toIntExact(used),
                Math.toIntExact(usedScales));
        wave.add(new Piece(tiles, sharing));
        used += RowTiles.values(sharing.kind(), sharing.depth(), rows, tallest);
        usedScales += (long) groups * (rows + tallest);
        row += rows;
      }
    }
    if (!wave.isEmpty()) {
      multiply(wave, used, usedScales);
    }
  }

  private void multiply(List<Piece> wave, long used, long usedScales) {
    if (values.length < used) {
      values = new float[Math.toIntExact(used)];
    }
    if (scales.length < usedScales) {
      scales = new float[Math.toIntExact(usedScales)];
    }
    for (Scratch own : scratch) {
      own.leftValues = values;
      own.leftScales = scales;
    }
    long work = 0;
    for (Piece piece : wave) {
      for (LeftSharing.Product product : piece.sharing.products()) {
        work += work(piece.tiles.rows(), product.b().outputs(), product.b().depth());
      }
    }
    List<Item> items = items(wave, Math.max(ITEM, work / (8L * team.size())));
    if (work < SMALL) {
      WorkItems.serially(wave, (piece, _) -> pack(piece.tiles, 0, piece.tiles.count(), scratch[0]));
      WorkItems.serially(items, (item, _) -> multiply(item, scratch[0]));
    } else {
      packTiles(wave, used);
      WorkItems.share(team, items, (item, member) -> multiply(item, scratch[member]));
    }
  }

  private static long work(int rows, int outputs, int depth) {
    return (long) rows * outputs * Math.max(1, depth);
  }

  private void packTiles(List<Piece> wave, long used) {
    if (used < SMALL / 4) {
      WorkItems.serially(wave, (piece, _) -> pack(piece.tiles, 0, piece.tiles.count(), scratch[0]));
      return;
    }
    record Tiles(RowTiles rows, int from, int to) {}
    List<Tiles> items = new ArrayList<>();
    for (Piece piece : wave) {
      RowTiles rows = piece.tiles;
      int tiles = Math.max(1, (1 << 14) / Math.max(1, rows.tallest() * rows.depth()));
      for (int tile = 0; tile < rows.count(); tile += tiles) {
        items.add(new Tiles(rows, tile, Math.min(rows.count(), tile + tiles)));
      }
    }
    WorkItems.share(
        team, items, (item, member) -> pack(item.rows, item.from, item.to, scratch[member]));
  }

  private void pack(RowTiles tiles, int from, int to, Scratch own) {
    MemorySegment words = own.words.of(RowTiles.wordBytes(tiles.kind(), tiles.depth()));
    tiles.pack(from, to, words, own.square, own.leftValues, own.leftScales);
  }

  private static List<Item> items(List<Piece> wave, long target) {
    List<Item> items = new ArrayList<>();
    for (Piece piece : wave) {
      int tiles = piece.tiles.count();
      int tall = Math.max(1, ROW_BLOCK / piece.tiles.tallest());
      int blocks = (tiles + tall - 1) / tall;
      for (LeftSharing.Product product : piece.sharing.products()) {
        int panels = product.b().count();
        for (int block = 0; block < blocks; block++) {
          int from = (int) ((long) tiles * block / blocks);
          int to = (int) ((long) tiles * (block + 1) / blocks);
          long onePanel = work((to - from) * piece.tiles.tallest(), COLUMNS, product.b().depth());
          int parts = Math.clamp(onePanel * panels / target, 1, Math.max(1, panels));
          for (int part = 0; part < parts; part++) {
            items.add(
                new Item(
                    piece,
                    product,
                    from,
                    to,
                    (int) ((long) panels * part / parts),
                    (int) ((long) panels * (part + 1) / parts)));
          }
        }
      }
    }
    return items;
  }

  private void multiply(Item item, Scratch own) {
    Panels b = item.product.b();
    boolean direct = direct(item.piece.sharing);
    // Sums of several blocks of the contraction wait side by side: in C they would lie far apart.
    boolean waiting = !direct && b.depth() > BLOCK;
    int tiles = item.lastTile - item.firstTile;
    int size = item.piece.tiles.tallest() * COLUMNS;
    int panels = waiting ? Math.max(1, WAITING_SUMS / (tiles * size)) : b.count();
    own.sums(waiting ? Math.min(panels, item.lastPanel - item.firstPanel) * tiles * size : size);
    for (int panel = item.firstPanel; panel < item.lastPanel; panel += panels) {
      int to = Math.min(item.lastPanel, panel + panels);
      multiply(item, panel, to, direct ? b.depth() : BLOCK, waiting ? size : 0, own);
    }
  }

  /**
   * Tiles by panels, block by block of the contraction.
   *
   * @param block steps of a block
   * @param size sums of a tile if each has its own, 0 if all use the same
   */
  private void multiply(
      Item item, int firstPanel, int lastPanel, int block, int size, Scratch own) {
    Panels b = item.product.b();
    int depth = b.depth();
    int k = 0;
    do {
      int length = Math.min(block, depth - k);
      int sums = 0;
      for (int panel = firstPanel; panel < lastPanel; panel++) {
        if (!direct(item.piece.sharing)) {
          int words = b.kind().words(length);
          WordDecoding.decode(b.kind(), b.words(), b.offset(panel, k), words, COLUMNS, own.block);
        }
        for (int tile = item.firstTile; tile < item.lastTile; tile++) {
          multiply(item, tile, panel, k, length, sums, own);
          sums += size;
        }
      }
      k += length;
    } while (k < depth);
  }

  /** One tile by one panel over one block of the contraction. */
  private void multiply(Item item, int tile, int panel, int k, int length, int sums, Scratch own) {
    RowTiles tiles = item.piece.tiles;
    Panels b = item.product.b();
    Matrix.Dense c = item.product.job().c();
    int rows = tiles.rowsOf(tile);
    int height = tiles.height(tile);
    int columns = Math.min(COLUMNS, b.outputs() - panel * COLUMNS);
    long rowBytes = 4L * c.rowStride();
    long cAt =
        (tiles.firstRow() + (long) tile * tiles.tallest()) * rowBytes
            + 4L * (c.fromColumn() + panel * COLUMNS);
    MemorySegment out = c.values().data();
    if (k == 0 && item.product.job().accumulate()) {
      OutputTile.read(out, cAt, rowBytes, rows, columns, own.sums, sums);
      if (b.kind() == OperandKind.BFLOAT) {
        for (int i = sums; i < sums + rows * COLUMNS; i++) {
          own.sums[i] = ReferenceMatMul.start(own.sums[i]);
        }
      }
    } else if (k == 0) {
      Arrays.fill(own.sums, sums, sums + height * COLUMNS, 0);
    }
    int a = tiles.at(tile, k);
    int steps = b.kind().steps(length);
    if (b.kind() == OperandKind.TILED) {
      multiplyGroups(tiles, tile, panel, b, k, length, sums, own);
    } else if (!direct(item.piece.sharing)) {
      MatMulTile.multiply(height, own.leftValues, a, own.block, 0, steps, own.sums, sums);
    } else if (b.kind() == OperandKind.BFLOAT) {
      MatMulRows.multiplyPairs(
          height, own.leftValues, a, b.words(), b.offset(panel, k), steps / 2, own.sums);
    } else {
      MatMulRows.multiply(
          height, own.leftValues, a, b.words(), b.offset(panel, k), steps, own.sums);
    }
    if (k + length == b.depth()) {
      OutputTile.write(own.sums, sums, out, cAt, rowBytes, rows, columns);
    }
  }

  private void multiplyGroups(
      RowTiles tiles, int tile, int panel, Panels b, int k, int length, int sums, Scratch own) {
    int height = tiles.height(tile);
    for (int from = 0; from < length; from += Matrix.Tiled.GROUP) {
      int steps = b.kind().steps(Math.min(Matrix.Tiled.GROUP, length - from));
      Arrays.fill(own.group, 0, height * COLUMNS, 0);
      MatMulTile.multiply(
          height,
          own.leftValues,
          tiles.at(tile, k + from),
          own.block,
          COLUMNS * from,
          steps,
          own.group,
          0);
      b.readScales(panel, k + from, own.scales);
      OutputTile.promote(
          own.group,
          own.leftScales,
          tiles.scalesAt(tile, k + from),
          own.scales,
          height,
          own.sums,
          sums);
    }
  }
}
