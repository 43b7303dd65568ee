package dev.hadal.kernels;

import static dev.hadal.kernels.Matrix.Tiled.GROUP;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;

/**
 * {@link Quantizer} with lanes along rows, in every tiling: memory is read in its order. A tile is
 * read twice, first for its scale and then, out of a cache, for its codes.
 */
final class VectorQuantizer implements Quantizer {
  /** Columns whose tiles of 128 rows are read together where there are many: long reads. */
  private static final int WIDE = 8192;

  /** The same where there are few rows: narrow enough for every thread to get some. */
  private static final int NARROW = 512;

  private final ThreadTeam team;

  VectorQuantizer(ThreadTeam team) {
    this.team = team;
  }

  @Override
  public void quantize(Tensor x_RC, Scale scale, Matrix.Tiled into) {
    int rows = into.rows();
    int columns = into.columns();
    Sizes.require("quantize x", x_RC, rows, columns);
    CodeRuns runs = new CodeRuns(Quantizer.formatOf(into));
    Quantization job =
        new Quantization(x_RC, runs, scale, into.codes(), into.scales(), rows, columns);
    switch (into.tiling()) {
      case ROWS -> team.split(rows, Sizes.grain(columns), job::rowTiles);
      case COLUMNS -> split(rows, columns, job::columnTiles);
      case BLOCKS -> split(rows, columns, job::blocks);
    }
  }

  /** What is run over a strip of tiles. */
  @FunctionalInterface
  private interface Part {
    /** Runs over GROUP rows, or what is left of them. */
    void run(int fromRow, int fromColumn, int toColumn);
  }

  /** Runs over strips of GROUP rows, spread over the team; no result depends on their width. */
  private void split(int rows, int columns, Part part) {
    int down = Matrix.Tiled.groups(rows);
    int width = down >= 4 * team.size() ? WIDE : NARROW;
    int across = Math.ceilDiv(columns, width);
    int count = Math.multiplyExact(down, across);
    team.split(
        count,
        Sizes.grain(Math.min(rows, GROUP) * Math.min(columns, width)),
        (from, to) -> {
          for (int i = from; i < to; i++) {
            int fromColumn = i % across * width;
            part.run(i / across * GROUP, fromColumn, Math.min(columns, fromColumn + width));
          }
        });
  }

  /** What all tiles of one quantization share. */
  private record Quantization(
      Tensor x, CodeRuns runs, Scale scale, Tensor codes, Tensor scales, int rows, int columns) {
    private static final int SMALLEST =
        Float.floatToRawIntBits(ReferenceQuantizer.SMALLEST_MAGNITUDE);

    void rowTiles(int from, int to) {
      int groups = scales.columns();
      for (int r = from; r < to; r++) {
        for (int j = 0; j < groups; j++) {
          long at = (long) r * columns + j * GROUP;
          int n = Math.min(GROUP, columns - j * GROUP);
          float tileScale = scaleOf(CodeRuns.largest(x.data(), at, n, SMALLEST));
          scales.setFloat((long) r * groups + j, tileScale);
          runs.encode(x.data(), at, n, tileScale, codes.data());
        }
      }
    }

    /** The bits of the largest magnitudes stand where the scales will. */
    void columnTiles(int fromRow, int fromColumn, int toColumn) {
      int toRow = Math.min(rows, fromRow + GROUP);
      int n = toColumn - fromColumn;
      long first = (long) (fromRow / GROUP) * columns + fromColumn;
      for (long at = first; at < first + n; at++) {
        scales.setInt(at, SMALLEST);
      }
      for (int r = fromRow; r < toRow; r++) {
        CodeRuns.raise(x.data(), (long) r * columns + fromColumn, n, scales.data(), first);
      }
      for (long at = first; at < first + n; at++) {
        scales.setFloat(at, scaleOf(scales.getInt(at)));
      }
      for (int r = fromRow; r < toRow; r++) {
        long at = (long) r * columns + fromColumn;
        runs.encode(x.data(), at, n, scales.data(), first, codes.data());
      }
    }

    void blocks(int fromRow, int fromColumn, int toColumn) {
      int toRow = Math.min(rows, fromRow + GROUP);
      long first = (long) (fromRow / GROUP) * scales.columns();
      int toTile = Math.ceilDiv(toColumn, GROUP);
      for (int j = fromColumn / GROUP; j < toTile; j++) {
        scales.setInt(first + j, SMALLEST);
      }
      for (int r = fromRow; r < toRow; r++) {
        for (int j = fromColumn / GROUP; j < toTile; j++) {
          long at = (long) r * columns + j * GROUP;
          int n = Math.min(GROUP, columns - j * GROUP);
          int largest = CodeRuns.largest(x.data(), at, n, scales.getInt(first + j));
          scales.setInt(first + j, largest);
        }
      }
      for (int j = fromColumn / GROUP; j < toTile; j++) {
        scales.setFloat(first + j, scaleOf(scales.getInt(first + j)));
      }
      for (int r = fromRow; r < toRow; r++) {
        for (int j = fromColumn / GROUP; j < toTile; j++) {
          long at = (long) r * columns + j * GROUP;
          int n = Math.min(GROUP, columns - j * GROUP);
          runs.encode(x.data(), at, n, scales.getFloat(first + j), codes.data());
        }
      }
    }

    private float scaleOf(int magnitude) {
      return ReferenceQuantizer.scale(Float.intBitsToFloat(magnitude), runs.format(), scale);
    }
  }

  @Override
  public void dequantize(Matrix.Tiled q, Tensor out_RC) {
    Sizes.require("dequantize out", out_RC, q.rows(), q.columns());
    CodeRuns runs = new CodeRuns(Quantizer.formatOf(q));
    team.split(
        q.rows(),
        Sizes.grain(q.columns()),
        (from, to) -> {
          for (int r = from; r < to; r++) {
            dequantizeRow(q, runs, r, out_RC);
          }
        });
  }

  private static void dequantizeRow(Matrix.Tiled q, CodeRuns runs, int r, Tensor out) {
    int columns = q.columns();
    long at = (long) r * columns;
    int scaleRow = q.tiling() == Matrix.Tiling.ROWS ? r : r / GROUP;
    long first = (long) scaleRow * q.scales().columns();
    if (q.tiling() == Matrix.Tiling.COLUMNS) {
      runs.decode(q.codes().data(), at, columns, q.scales().data(), first, out.data());
      return;
    }
    for (int j = 0; j < q.scales().columns(); j++) {
      int n = Math.min(GROUP, columns - j * GROUP);
      float tileScale = q.scales().getFloat(first + j);
      runs.decode(q.codes().data(), at + j * GROUP, n, tileScale, out.data());
    }
  }

  @Override
  public Matrix.BFloat toBFloat16(Tensor x_RC, Workspace workspace) {
    x_RC.requireType("toBFloat16 x", DType.F32);
    Tensor out = workspace.take(DType.BF16, x_RC.rows(), x_RC.columns());
    Spans.split(
        team,
        x_RC.elements(),
        (from, to) -> BFloat16Spans.encodeOperands(x_RC.data(), out.data(), from, to));
    return new Matrix.BFloat(out);
  }

  @Override
  public Matrix.Integers toIntegers(Tensor x_RC, Workspace workspace) {
    Matrix.Integers into = ReferenceQuantizer.integers(x_RC, workspace);
    team.split(
        into.rows(),
        Sizes.grain(into.columns()),
        (from, to) -> VectorIntegers.encode(x_RC, into, from, to));
    return into;
  }

  @Override
  public void roundToBFloat16(Tensor x) {
    x.requireType("roundToBFloat16 x", DType.F32);
    Spans.split(team, x.elements(), (from, to) -> BFloat16Spans.round(x.data(), from, to));
  }

  @Override
  public void fromBFloat16(Tensor source, Tensor out) {
    ReferenceQuantizer.requireDecoding(source, out);
    Spans.split(
        team,
        source.elements(),
        (from, to) -> BFloat16Spans.decode(source.data(), out.data(), from, to));
  }
}
