package dev.hadal.kernels;

import static dev.hadal.kernels.Matrix.Tiled.GROUP;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.kernels.BFloat16Code.Conversion;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * {@link Quantizer} as machine code: {@link TileCode}.
 *
 * <p>A tile of a row stays in registers between its scale and its codes. Tiles of 128 rows are
 * taken in strips that stay in the second-level cache: one pass over a strip finds the largest
 * magnitude of each column, a second makes codes. So memory is read once, in its order.
 */
final class GeneratedQuantizer implements Quantizer {
  /** Columns of a strip of 128 rows: of F32 half a second-level cache. */
  private static final int STRIP = 1024;

  /** Elements that a call works on at most, but for one long row: well below a millisecond. */
  private static final int CALL = 1 << 16;

  /** Elements below which waking the team costs more than it saves. */
  private static final int SMALL = 1 << 13;

  private final ThreadTeam team;
  private final QuantizerFunctions functions;
  private final Member[] members;

  GeneratedQuantizer(ThreadTeam team, CodeLoader loader) {
    this.team = team;
    functions = new QuantizerFunctions(loader);
    members = new Member[team.size()];
    Arrays.setAll(members, _ -> new Member());
  }

  /** Why this machine cannot run the code; empty if it can. */
  static Optional<String> obstacle(CodeLoader loader) {
    TileCode code = new QuantizeRowsCode(TileSource.ROUNDED, Format.E5M6, Scale.POWER_OF_TWO, true);
    return GeneratedCode.obstacle(loader, code.assemble());
  }

  /** What one member needs. */
  private static final class Member {
    final TileFrame frame = new TileFrame();
    final NativeBuffer state = new NativeBuffer();
  }

  /** Some rows and columns. */
  private record Part(int fromRow, int toRow, int fromColumn, int toColumn) {
    int rows() {
      return toRow - fromRow;
    }

    int columns() {
      return toColumn - fromColumn;
    }

    int group() {
      return fromRow / GROUP;
    }
  }

  /** Elements in memory, [rows, columns], with or without scales. */
  private record Elements(long address, long bytes, long rowBytes, long scales, long scaleRow) {
    static Elements of(Tensor values, int columns) {
      long bytes = values.dtype().bytes();
      return new Elements(Addresses.of("quantizer", values), bytes, bytes * columns, 0, 0);
    }

    static Elements of(Matrix.Tiled q) {
      long bytes = q.codes().dtype().bytes();
      return new Elements(
          Addresses.of("quantizer", q.codes()),
          bytes,
          bytes * q.columns(),
          Addresses.of("quantizer", q.scales()),
          4L * q.scales().columns());
    }

    long at(int row, int column) {
      return address + row * rowBytes + column * bytes;
    }

    /** The scale of a tile of 128 columns in a row of scales. */
    long scaleOfGroup(int row, int column) {
      return scales + row * scaleRow + 4L * (column / GROUP);
    }

    /** The scale of a column in a row of scales. */
    long scaleOfColumn(int row, int column) {
      return scales + row * scaleRow + 4L * column;
    }
  }

  @Override
  public void quantize(Tensor x_RC, Scale scale, Matrix.Tiled into) {
    quantize(TileSource.FLOATS, x_RC, scale, into);
  }

  @Override
  public Matrix.Tiled quantizeRounded(
      Tensor x_RC, Format format, Matrix.Tiling tiling, Scale scale, Workspace workspace) {
    Matrix.Tiled q = Quantizer.empty(format, tiling, x_RC.rows(), x_RC.columns(), workspace);
    quantize(TileSource.ROUNDED, x_RC, scale, q);
    return q;
  }

  private void quantize(TileSource source, Tensor x, Scale scale, Matrix.Tiled into) {
    Sizes.require("quantize x", x, into.rows(), into.columns());
    quantize(source, Elements.of(x, into.columns()), scale, into, x);
  }

  @Override
  public Matrix.Tiled requantize(
      Matrix.Tiled q, Format format, Matrix.Tiling tiling, Scale scale, Workspace workspace) {
    if (q.tiling() != Matrix.Tiling.ROWS) {
      return Quantizer.super.requantize(q, format, tiling, scale, workspace);
    }
    Matrix.Tiled result = Quantizer.empty(format, tiling, q.rows(), q.columns(), workspace);
    TileSource source = TileSource.of(Quantizer.formatOf(q));
    quantize(source, Elements.of(q), scale, result, q);
    return result;
  }

  @Override
  public RowsAndColumns quantizeRowsAndColumns(
      Tensor x_RC, Format format, Scale scale, Workspace workspace) {
    int rows = x_RC.rows();
    int columns = x_RC.columns();
    Sizes.require("quantize x", x_RC, rows, columns);
    Matrix.Tiled byRows = Quantizer.empty(format, Matrix.Tiling.ROWS, rows, columns, workspace);
    Matrix.Tiled byColumns =
        Quantizer.empty(format, Matrix.Tiling.COLUMNS, rows, columns, workspace);
    Elements from = Elements.of(x_RC, columns);
    Elements toRows = Elements.of(byRows);
    MethodHandle raise = functions.of(new QuantizeRowsCode(TileSource.FLOATS, format, scale, true));
    Strips strips = strips(TileSource.FLOATS, from, format, scale, byColumns);
    share(
        strips(rows, columns),
        (part, member) -> {
          TileFrame frame = strips.begin(part, member);
          frame
              .target(toRows.at(part.fromRow, part.fromColumn), toRows.rowBytes)
              .targetScales(toRows.scaleOfGroup(part.fromRow, part.fromColumn), toRows.scaleRow);
          QuantizerFunctions.run(raise, frame);
          strips.end(part, member);
        },
        x_RC,
        byRows,
        byColumns);
    return new RowsAndColumns(byRows, byColumns);
  }

  private void quantize(
      TileSource source, Elements from, Scale scale, Matrix.Tiled q, Object read) {
    Format format = Quantizer.formatOf(q);
    if (q.tiling() == Matrix.Tiling.ROWS) {
      quantizeRows(source, from, format, scale, q, read);
      return;
    }
    MethodHandle raise = functions.of(new RaiseCode(source));
    Strips strips = strips(source, from, format, scale, q);
    share(
        strips(q.rows(), q.columns()),
        (part, member) -> {
          QuantizerFunctions.run(raise, strips.begin(part, member));
          strips.end(part, member);
        },
        read,
        q);
  }

  private void quantizeRows(
      TileSource source, Elements from, Format format, Scale scale, Matrix.Tiled q, Object read) {
    MethodHandle function = functions.of(new QuantizeRowsCode(source, format, scale, false));
    Elements to = Elements.of(q);
    share(
        rows(q.rows(), q.columns()),
        (part, member) -> {
          TileFrame frame = members[member].frame.size(part.rows(), part.columns());
          frame
              .source(from.at(part.fromRow, 0), from.rowBytes)
              .sourceScales(from.scaleOfGroup(part.fromRow, 0), from.scaleRow)
              .target(to.at(part.fromRow, 0), to.rowBytes)
              .targetScales(to.scaleOfGroup(part.fromRow, 0), to.scaleRow);
          QuantizerFunctions.run(function, frame);
        },
        read,
        q);
  }

  /** What all strips of one quantization share. */
  private record Strips(
      Elements from,
      Matrix.Tiled q,
      Elements to,
      MethodHandle scale,
      MethodHandle encode,
      Member[] members) {
    /** Columns share a scale with nobody: it stands in its place from the start. */
    private MemorySegment state(Part part, int member) {
      long bytes = 4L * part.columns();
      if (q.tiling() == Matrix.Tiling.BLOCKS) {
        return members[member].state.of(bytes).asSlice(0, bytes);
      }
      long first = (long) part.group() * q.columns() + part.fromColumn;
      return q.scales().data().asSlice(4 * first, bytes);
    }

    /** Prepares raising. */
    TileFrame begin(Part part, int member) {
      MemorySegment state = state(part, member);
      state.fill((byte) 0);
      return source(part, member).state(state.address());
    }

    private TileFrame source(Part part, int member) {
      return members[member]
          .frame
          .size(part.rows(), part.columns())
          .source(from.at(part.fromRow, part.fromColumn), from.rowBytes)
          .sourceScales(from.scaleOfGroup(part.fromRow, part.fromColumn), from.scaleRow);
    }

    /** Makes scales and codes. */
    void end(Part part, int member) {
      TileFrame frame = members[member].frame.size(1, part.columns());
      frame.targetScales(to.scaleOfGroup(part.group(), part.fromColumn), 0);
      QuantizerFunctions.run(scale, frame);
      source(part, member).target(to.at(part.fromRow, part.fromColumn), to.rowBytes);
      QuantizerFunctions.run(encode, frame);
    }
  }

  private Strips strips(
      TileSource source, Elements from, Format format, Scale scale, Matrix.Tiled q) {
    boolean blocks = q.tiling() == Matrix.Tiling.BLOCKS;
    return new Strips(
        from,
        q,
        Elements.of(q),
        functions.of(new ScaleCode(format, scale, blocks)),
        functions.of(new QuantizeColumnsCode(source, format)),
        members);
  }

  @Override
  public void dequantize(Matrix.Tiled q, Tensor out_RC) {
    Sizes.require("dequantize out", out_RC, q.rows(), q.columns());
    boolean columns = q.tiling() == Matrix.Tiling.COLUMNS;
    MethodHandle function = functions.of(new DequantizeCode(Quantizer.formatOf(q), columns));
    Elements from = Elements.of(q);
    Elements to = Elements.of(out_RC, q.columns());
    boolean rows = q.tiling() == Matrix.Tiling.ROWS;
    int most = callRows(q.columns());
    // No part crosses a group of rows: their heights are powers of two.
    int height = rows ? most : Integer.highestOneBit(Math.min(GROUP, most));
    share(
        parts(q.rows(), q.columns(), height, q.columns()),
        (part, member) -> {
          int scaleRow = rows ? part.fromRow : part.group();
          TileFrame frame = members[member].frame.size(part.rows(), part.columns());
          frame
              .source(from.at(part.fromRow, 0), from.rowBytes)
              .sourceScales(from.scaleOfGroup(scaleRow, 0), rows ? from.scaleRow : 0)
              .state(from.scaleOfColumn(scaleRow, 0))
              .target(to.at(part.fromRow, 0), to.rowBytes);
          QuantizerFunctions.run(function, frame);
        },
        q,
        out_RC);
  }

  @Override
  public Matrix.BFloat toBFloat16(Tensor x_RC, Workspace workspace) {
    x_RC.requireType("toBFloat16 x", DType.F32);
    Tensor out = workspace.take(DType.BF16, x_RC.rows(), x_RC.columns());
    convert(Conversion.TO_OPERANDS, x_RC, out);
    return new Matrix.BFloat(out);
  }

  @Override
  public Matrix.Integers toIntegers(Tensor x_RC, Workspace workspace) {
    Matrix.Integers into = ReferenceQuantizer.integers(x_RC, workspace);
    team.split(
        into.rows(),
        Sizes.grain(into.columns()),
        (from, to) -> ReferenceQuantizer.integers(x_RC, into, from, to));
    return into;
  }

  @Override
  public void roundToBFloat16(Tensor x) {
    x.requireType("roundToBFloat16 x", DType.F32);
    convert(Conversion.ROUND, x, x);
  }

  @Override
  public void fromBFloat16(Tensor source, Tensor out) {
    ReferenceQuantizer.requireDecoding(source, out);
    convert(Conversion.TO_FLOATS, source, out);
  }

  /** Elements in their order, in spans. */
  private void convert(Conversion conversion, Tensor from, Tensor to) {
    MethodHandle function = functions.of(new BFloat16Code(conversion));
    long source = Addresses.of("quantizer", from);
    long target = Addresses.of("quantizer", to);
    long elements = from.elements();
    List<Long> spans = new ArrayList<>();
    for (long at = 0; at < elements; at += CALL) {
      spans.add(at);
    }
    WorkItems.Body<Long> convert =
        (at, member) -> {
          TileFrame frame = members[member].frame.size(1, Math.min(CALL, elements - at));
          frame.source(source + at * from.dtype().bytes(), 0);
          frame.target(target + at * to.dtype().bytes(), 0);
          QuantizerFunctions.run(function, frame);
        };
    try {
      WorkItems.share(team, spans, convert);
    } finally {
      Reference.reachabilityFence(from);
      Reference.reachabilityFence(to);
    }
  }

  /** The members take the parts; what the code reads and writes stays reachable meanwhile. */
  private void share(List<Part> parts, WorkItems.Body<Part> body, Object... operands) {
    long elements = 0;
    for (Part part : parts) {
      elements += (long) part.rows() * part.columns();
    }
    try {
      if (elements < SMALL) {
        WorkItems.serially(parts, body);
      } else {
        WorkItems.share(team, parts, body);
      }
    } finally {
      Reference.reachabilityFence(operands);
    }
  }

  private static int callRows(int columns) {
    return Math.max(1, CALL / Math.max(1, columns));
  }

  /** Whole rows, in parts for all members. */
  private List<Part> rows(int rows, int columns) {
    int fair = Math.ceilDiv(rows, 4 * team.size());
    int grain = Math.ceilDiv(SMALL / 2, Math.max(1, columns));
    int height = Math.clamp(fair, Math.min(grain, callRows(columns)), callRows(columns));
    return parts(rows, columns, height, columns);
  }

  /** Strips of 128 rows, narrower where there are few. */
  private List<Part> strips(int rows, int columns) {
    int width = STRIP;
    int groups = Matrix.Tiled.groups(rows);
    while (width > GROUP && (long) groups * Math.ceilDiv(columns, width) < 4L * team.size()) {
      width /= 2;
    }
    return parts(rows, columns, GROUP, width);
  }

  private static List<Part> parts(int rows, int columns, int height, int width) {
    List<Part> parts = new ArrayList<>();
    for (int row = 0; row < rows; row += height) {
      int toRow = Math.min(rows, row + height);
      for (int column = 0; column < columns; column += width) {
        parts.add(new Part(row, toRow, column, Math.min(columns, column + width)));
      }
    }
    return parts;
  }
}
