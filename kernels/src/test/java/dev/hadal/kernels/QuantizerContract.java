package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hadal.kernels.Matrix.Tiling;
import dev.hadal.kernels.Quantizer.Format;
import dev.hadal.kernels.Quantizer.Scale;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What every implementation of conversions but the reference must do: the same bits. Workspaces
 * give tensors of exact size, so what is written beside one fails or is seen.
 */
abstract class QuantizerContract {
  /** The implementation on a team. */
  abstract Quantizer quantizer(ThreadTeam team);

  private final Twins<Quantizer> twins = new Twins<>(new ReferenceQuantizer(), this::quantizer);

  /** One that holds the codes and scales of a matrix, without the size of a usual first piece. */
  private static Workspace workspace(int rows, int columns) {
    Workspace workspace = new Workspace("test", 1L << 30);
    workspace.reserve(8L * rows * columns + 256);
    return workspace;
  }

  /** Keeps what a quantization took from a workspace of its own. */
  private static Matrix.Tiled kept(Matrix.Tiled q, Twins.Memory memory) {
    Tensor codes = memory.empty(q.codes().dtype(), q.rows(), q.columns());
    codes.copyFrom(q.codes());
    Tensor scales = memory.empty(DType.F32, q.scales().rows(), q.scales().columns());
    scales.copyFrom(q.scales());
    return new Matrix.Tiled(codes, scales, q.tiling());
  }

  private static BiConsumer<Quantizer, Twins.Memory> tiles(int rows, int columns) {
    return (quantizer, memory) -> {
      Tensor x = memory.floats(rows, columns);
      for (Format format : Format.values()) {
        for (Tiling tiling : Tiling.values()) {
          for (Scale scale : Scale.values()) {
            try (Workspace workspace = workspace(rows, columns)) {
              Matrix.Tiled q = quantizer.quantize(x, format, tiling, scale, workspace);
              quantizer.dequantize(kept(q, memory), memory.empty(DType.F32, rows, columns));
            }
          }
        }
      }
    };
  }

  private static BiConsumer<Quantizer, Twins.Memory> fusedForms(int rows, int columns) {
    return (quantizer, memory) -> {
      Tensor x = memory.floats(rows, columns);
      for (Scale scale : Scale.values()) {
        for (Format format : Format.values()) {
          try (Workspace workspace = new Workspace("test", 1L << 30)) {
            Quantizer.RowsAndColumns both =
                quantizer.quantizeRowsAndColumns(x, format, scale, workspace);
            kept(both.columns(), memory);
            Matrix.Tiled q = kept(both.rows(), memory);
            for (Tiling tiling : Tiling.values()) {
              kept(quantizer.quantizeRounded(x, format, tiling, scale, workspace), memory);
              for (Format other : Format.values()) {
                kept(quantizer.requantize(q, other, tiling, scale, workspace), memory);
              }
            }
            kept(
                quantizer.requantize(both.columns(), format, Tiling.ROWS, scale, workspace),
                memory);
          }
        }
      }
    };
  }

  private static BiConsumer<Quantizer, Twins.Memory> conversions(int rows, int columns) {
    return (quantizer, memory) -> {
      Tensor x = memory.floats(rows, columns);
      Tensor codes = memory.empty(DType.BF16, rows, columns);
      try (Workspace workspace = workspace(rows, columns)) {
        codes.copyFrom(quantizer.toBFloat16(x, workspace).values());
      }
      quantizer.fromBFloat16(codes, memory.empty(DType.F32, columns, rows));
      quantizer.roundToBFloat16(x);
    };
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "3, 17", "128, 128", "129, 131", "2, 1031", "130, 576"})
  void tilesHaveTheReferencesBits(int rows, int columns) {
    twins.compare(tiles(rows, columns));
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "3, 17", "131, 257", "64, 2048"})
  void conversionsHaveTheReferencesBits(int rows, int columns) {
    twins.compare(conversions(rows, columns));
  }

  @Test
  void threeMembersHaveTheReferencesBits() {
    Twins<Quantizer> three = new Twins<>(new ReferenceQuantizer(), _ -> quantizer(new TestTeam(3)));
    three.compare(tiles(389, 1100));
    three.compare(conversions(389, 1100));
  }

  @Test
  void emptyTensorsAreNoWork() {
    twins.compare(Twins.Values.ORDINARY, tiles(0, 200));
    twins.compare(Twins.Values.ORDINARY, tiles(200, 0));
    twins.compare(Twins.Values.ORDINARY, conversions(0, 5));
  }

  /** Magnitudes of a tile from below the smallest scale to infinite, NaN of both signs. */
  @Test
  void tilesOfEveryMagnitudeHaveTheReferencesBits() {
    int rows = 280;
    int columns = 150;
    twins.compare(
        Twins.Values.ORDINARY,
        (quantizer, memory) -> {
          Tensor x = memory.ordinary(rows, columns);
          for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
              long at = (long) r * columns + c;
              x.setFloat(at, Math.scalb(x.getFloat(at), r - 150));
            }
          }
          x.setFloat(2L * columns + 140, Float.intBitsToFloat(0xFFC00001));
          x.setFloat(3L * columns + 3, Float.intBitsToFloat(0x7F800001));
          x.setFloat(130L * columns + 7, Float.NEGATIVE_INFINITY);
          for (Format format : Format.values()) {
            for (Tiling tiling : Tiling.values()) {
              for (Scale scale : Scale.values()) {
                try (Workspace workspace = workspace(rows, columns)) {
                  kept(quantizer.quantize(x, format, tiling, scale, workspace), memory);
                }
              }
            }
          }
        });
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "3, 17", "129, 131", "257, 97", "130, 576", "0, 3", "3, 0"})
  void fusedFormsHaveTheReferencesBits(int rows, int columns) {
    assumeTrue(fuses(), "fused forms are made of the calls that other tests compare");
    twins.compare(fusedForms(rows, columns));
  }

  /** Whether fused forms have code of their own. */
  boolean fuses() {
    return true;
  }

  /** What one pass makes is what the calls make that it stands for. */
  @Test
  void fusedFormsEqualTheComposedOnes() {
    try (Workspace workspace = new Workspace("test", 1L << 30)) {
      Quantizer quantizer = quantizer(new TestTeam(2));
      Tensor x = workspace.take(DType.F32, 200, 300);
      for (int i = 0; i < x.elements(); i++) {
        x.setFloat(i, (float) Math.sin(i) * (i % 97));
      }
      Matrix.Tiled rows = quantizer.quantize(x, Format.E4M3, Tiling.ROWS, Scale.FP32, workspace);
      Tensor restored = workspace.take(DType.F32, 200, 300);
      quantizer.dequantize(rows, restored);
      requireSame(
          quantizer.requantize(rows, Format.E4M3, Tiling.COLUMNS, Scale.FP32, workspace),
          quantizer.quantize(restored, Format.E4M3, Tiling.COLUMNS, Scale.FP32, workspace));
      Quantizer.RowsAndColumns both =
          quantizer.quantizeRowsAndColumns(x, Format.E4M3, Scale.FP32, workspace);
      requireSame(both.rows(), rows);
      requireSame(
          both.columns(),
          quantizer.quantize(x, Format.E4M3, Tiling.COLUMNS, Scale.FP32, workspace));
      Matrix.Tiled rounded =
          quantizer.quantizeRounded(x, Format.E4M3, Tiling.BLOCKS, Scale.FP32, workspace);
      quantizer.roundToBFloat16(x);
      requireSame(
          rounded, quantizer.quantize(x, Format.E4M3, Tiling.BLOCKS, Scale.FP32, workspace));
    }
  }

  /** Columns that do not exist have no part in a tile's largest magnitude. */
  @Test
  void infiniteScalesOfUnevenRowsHaveTheReferencesBits() {
    twins.compare(
        Twins.Values.ORDINARY,
        (quantizer, memory) -> {
          Tensor codes = memory.empty(DType.F8_E4M3, 1, 17);
          codes.data().fill((byte) 0x38);
          Tensor scales = memory.empty(DType.F32, 1, 1);
          scales.setFloat(0, Float.POSITIVE_INFINITY);
          Matrix.Tiled q = new Matrix.Tiled(codes, scales, Tiling.ROWS);
          try (Workspace workspace = new Workspace("test", 1 << 28)) {
            for (Tiling tiling : Tiling.values()) {
              kept(quantizer.requantize(q, Format.E4M3, tiling, Scale.FP32, workspace), memory);
            }
          }
        });
  }

  private static void requireSame(Matrix.Tiled found, Matrix.Tiled expected) {
    assertThat(found.codes().data().mismatch(expected.codes().data())).isEqualTo(-1);
    assertThat(found.scales().data().mismatch(expected.scales().data())).isEqualTo(-1);
  }
}
