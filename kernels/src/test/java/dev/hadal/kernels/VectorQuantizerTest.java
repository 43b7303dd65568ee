package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.kernels.Matrix.Tiling;
import dev.hadal.kernels.Quantizer.Format;
import dev.hadal.kernels.Quantizer.Scale;
import dev.hadal.numerics.BFloat16;
import dev.hadal.numerics.E4M3;
import dev.hadal.numerics.E5M6;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Workspaces give tensors of exact size, so what is written beside one fails or is seen. */
final class VectorQuantizerTest {
  private static final int STRIDE = 397;
  private static final int RUN = 1 << 12;

  private final Twins<Quantizer> twins =
      new Twins<>(new ReferenceQuantizer(), VectorQuantizer::new);

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
  @CsvSource({
    "1, 1",
    "3, 17",
    "128, 128",
    "129, 131",
    "257, 97",
    "2, 1031",
    "130, 576",
    "64, 2048",
    "520, 600"
  })
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
    Twins<Quantizer> three =
        new Twins<>(new ReferenceQuantizer(), _ -> new VectorQuantizer(new TestTeam(3)));
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
  @EnumSource(Format.class)
  void encodingHasTheScalarsBitsAllOverTheFloats(Format format) {
    CodeRuns runs = new CodeRuns(format);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment x = arena.allocate(4L * RUN);
      MemorySegment codes = arena.allocate((long) bytes(format) * RUN);
      for (long bits = 0; bits <= 0xFFFF_FFFFL; bits += (long) STRIDE * RUN) {
        for (int i = 0; i < RUN; i++) {
          x.set(Tensor.INT, 4L * i, (int) (bits + (long) STRIDE * i));
        }
        requireEncoded(runs, x, codes, RUN);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Format.class)
  void encodingOfEveryBFloat16HasTheScalarsBits(Format format) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment x = arena.allocate(4L << 16);
      for (int code = 0; code < 1 << 16; code++) {
        x.set(Tensor.INT, 4L * code, code << 16);
      }
      requireEncoded(new CodeRuns(format), x, arena.allocate((long) bytes(format) << 16), 1 << 16);
    }
  }

  private static void requireEncoded(CodeRuns runs, MemorySegment x, MemorySegment codes, int n) {
    runs.encode(x, 0, n, 1, codes);
    for (int i = 0; i < n; i++) {
      float value = ReferenceQuantizer.canonical(x.get(Tensor.FLOAT, 4L * i));
      int expected = runs.format() == Format.E4M3 ? E4M3.encode(value) : E5M6.encode(value);
      int found =
          runs.format() == Format.E4M3
              ? codes.get(Tensor.BYTE, i)
              : codes.get(Tensor.SHORT, 2L * i);
      if (found != expected) {
        assertThat(found).as("of %s", Float.toHexString(value)).isEqualTo(expected);
      }
    }
  }

  /** All shorts: bits above those of a code do not count. */
  @ParameterizedTest
  @EnumSource(Format.class)
  void decodingOfEveryCodeHasTheScalarsBits(Format format) {
    int n = 1 << (8 * bytes(format));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment codes = arena.allocate((long) bytes(format) * n);
      MemorySegment out = arena.allocate(4L * n);
      for (int code = 0; code < n; code++) {
        if (format == Format.E4M3) {
          codes.set(Tensor.BYTE, code, (byte) code);
        } else {
          codes.set(Tensor.SHORT, 2L * code, (short) code);
        }
      }
      new CodeRuns(format).decode(codes, 0, n, 1, out);
      for (int code = 0; code < n; code++) {
        float expected =
            format == Format.E4M3 ? E4M3.decode((byte) code) : E5M6.decode((short) code);
        assertThat(out.get(Tensor.INT, 4L * code))
            .as("of %04x", code)
            .isEqualTo(Float.floatToRawIntBits(expected));
      }
    }
  }

  @Test
  void bfloat16HasTheScalarsBitsAllOverTheFloats() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment x = arena.allocate(4L * RUN);
      MemorySegment codes = arena.allocate(2L * RUN);
      for (long bits = 0; bits <= 0xFFFF_FFFFL; bits += (long) STRIDE * RUN) {
        for (int i = 0; i < RUN; i++) {
          x.set(Tensor.INT, 4L * i, (int) (bits + (long) STRIDE * i));
        }
        BFloat16Spans.encodeOperands(x, codes, 0, RUN);
        for (int i = 0; i < RUN; i++) {
          float value = x.get(Tensor.FLOAT, 4L * i);
          short expected = BFloat16.encode((float) Arithmetic.FP32.operand(value, true));
          if (codes.get(Tensor.SHORT, 2L * i) != expected) {
            assertThat(codes.get(Tensor.SHORT, 2L * i))
                .as("of %s", Float.toHexString(value))
                .isEqualTo(expected);
          }
        }
      }
    }
  }

  @Test
  void everyBFloat16IsDecodedAndRoundsToItself() {
    int n = 1 << 16;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment codes = arena.allocate(2L * n);
      MemorySegment out = arena.allocate(4L * n);
      for (int code = 0; code < n; code++) {
        codes.set(Tensor.SHORT, 2L * code, (short) code);
      }
      BFloat16Spans.decode(codes, out, 0, n);
      for (int code = 0; code < n; code++) {
        assertThat(out.get(Tensor.INT, 4L * code)).isEqualTo(code << 16);
      }
      BFloat16Spans.round(out, 0, n);
      for (int code = 0; code < n; code++) {
        int quiet = Float.isNaN(BFloat16.decode((short) code)) ? 0x00400000 : 0;
        assertThat(out.get(Tensor.INT, 4L * code)).isEqualTo((code << 16) | quiet);
      }
    }
  }

  private static int bytes(Format format) {
    return format == Format.E4M3 ? 1 : 2;
  }
}
