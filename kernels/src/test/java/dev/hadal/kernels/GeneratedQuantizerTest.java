package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hadal.assembler.CodeLoader;
import dev.hadal.kernels.Matrix.Tiling;
import dev.hadal.kernels.Quantizer.Format;
import dev.hadal.kernels.Quantizer.Scale;
import dev.hadal.numerics.BFloat16;
import dev.hadal.numerics.E4M3;
import dev.hadal.numerics.E5M6;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Shape;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class GeneratedQuantizerTest extends QuantizerContract {
  private static final CodeLoader LOADER = CodeLoader.ofThisMachine();
  private static final int STRIDE = 397;
  private static final int RUN = 1 << 16;

  @BeforeEach
  void assumeThatItRuns() {
    assumeTrue(GeneratedQuantizer.obstacle(LOADER).isEmpty(), "this machine runs none of it");
  }

  @Override
  Quantizer quantizer(ThreadTeam team) {
    return new GeneratedQuantizer(team, LOADER);
  }

  private static Quantizer reference() {
    return new ReferenceQuantizer();
  }

  /** A scale of 1, so that the code of every float is seen: the largest value in every tile. */
  @ParameterizedTest
  @EnumSource(Format.class)
  void codesOfFloatsOfEveryMagnitudeAreTheReferences(Format format) {
    float largest = format == Format.E4M3 ? E4M3.LARGEST : E5M6.LARGEST;
    try (Workspace workspace = new Workspace("test", 1L << 30)) {
      Tensor x = workspace.take(DType.F32, RUN / 128, 128);
      Workspace.Mark mark = workspace.mark();
      Quantizer generated = quantizer(new TestTeam(1));
      for (long bits = 0; bits <= 0xFFFF_FFFFL; bits += 16L * STRIDE * RUN) {
        for (int i = 0; i < RUN; i++) {
          float value = Float.intBitsToFloat((int) (bits + (long) STRIDE * i));
          x.setFloat(i, i % 128 == 0 || !(Math.abs(value) < largest) ? largest : value);
        }
        workspace.release(mark);
        requireSame(generated, x, format, workspace);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Format.class)
  void codesOfEveryBFloat16AreTheReferences(Format format) {
    float largest = format == Format.E4M3 ? E4M3.LARGEST : E5M6.LARGEST;
    try (Workspace workspace = new Workspace("test", 1L << 30)) {
      Tensor x = workspace.take(DType.F32, RUN / 128, 128);
      for (boolean everyRowScaledToOne : new boolean[] {true, false}) {
        for (int code = 0; code < RUN; code++) {
          float value = BFloat16.decode((short) code);
          boolean replaced = code % 128 == 0 || !(Math.abs(value) < largest);
          x.setFloat(code, everyRowScaledToOne && replaced ? largest : value);
        }
        requireSame(quantizer(new TestTeam(1)), x, format, workspace);
      }
    }
  }

  private static void requireSame(
      Quantizer generated, Tensor x, Format format, Workspace workspace) {
    for (Tiling tiling : Tiling.values()) {
      Matrix.Tiled found = generated.quantize(x, format, tiling, Scale.FP32, workspace);
      Matrix.Tiled expected = reference().quantize(x, format, tiling, Scale.FP32, workspace);
      assertThat(found.codes().data().mismatch(expected.codes().data()))
          .as("%s", tiling)
          .isEqualTo(-1);
    }
  }

  /** All shorts: bits above those of a code do not count. */
  @ParameterizedTest
  @EnumSource(Format.class)
  void everyCodeIsDecodedAsByTheReference(Format format) {
    int n = format == Format.E4M3 ? 256 : 1 << 16;
    try (Workspace workspace = new Workspace("test", 1L << 30)) {
      DType type = format == Format.E4M3 ? DType.F8_E4M3 : DType.I16;
      Tensor codes = workspace.take(type, n / 128, 128);
      Tensor scales = workspace.take(DType.F32, n / 128, 1);
      for (int code = 0; code < n; code++) {
        if (format == Format.E4M3) {
          codes.data().set(Tensor.BYTE, code, (byte) code);
        } else {
          codes.data().set(Tensor.SHORT, 2L * code, (short) code);
        }
      }
      for (int i = 0; i < n / 128; i++) {
        scales.setFloat(i, 1);
      }
      Tensor out = workspace.take(DType.F32, n / 128, 128);
      quantizer(new TestTeam(1)).dequantize(new Matrix.Tiled(codes, scales, Tiling.ROWS), out);
      for (int code = 0; code < n; code++) {
        float expected =
            format == Format.E4M3 ? E4M3.decode((byte) code) : E5M6.decode((short) code);
        assertThat(out.getFloat(code)).as("of %04x", code).isEqualTo(Float.valueOf(expected));
      }
    }
  }

  @Test
  void bfloat16IsTheReferencesAllOverTheFloats() {
    try (Workspace workspace = new Workspace("test", 1L << 30)) {
      Tensor x = workspace.take(DType.F32, 1, RUN);
      Tensor y = workspace.take(DType.F32, 1, RUN);
      Workspace.Mark mark = workspace.mark();
      Quantizer generated = quantizer(new TestTeam(1));
      for (long bits = 0; bits <= 0xFFFF_FFFFL; bits += 8L * STRIDE * RUN) {
        for (int i = 0; i < RUN; i++) {
          x.setInt(i, (int) (bits + (long) STRIDE * i));
        }
        workspace.release(mark);
        MemorySegment found = generated.toBFloat16(x, workspace).values().data();
        MemorySegment expected = reference().toBFloat16(x, workspace).values().data();
        assertThat(found.mismatch(expected)).isEqualTo(-1);
        y.copyFrom(x);
        generated.roundToBFloat16(x);
        reference().roundToBFloat16(y);
        assertThat(x.data().mismatch(y.data())).isEqualTo(-1);
      }
    }
  }

  @Test
  void everyBFloat16IsDecodedAndRoundsToItself() {
    try (Workspace workspace = new Workspace("test", 1L << 30)) {
      Tensor codes = workspace.take(DType.BF16, RUN);
      Tensor out = workspace.take(DType.F32, RUN);
      for (int code = 0; code < RUN; code++) {
        codes.data().set(Tensor.SHORT, 2L * code, (short) code);
      }
      Quantizer generated = quantizer(new TestTeam(1));
      generated.fromBFloat16(codes, out);
      for (int code = 0; code < RUN; code++) {
        assertThat(out.getInt(code)).isEqualTo(code << 16);
      }
      generated.roundToBFloat16(out);
      for (int code = 0; code < RUN; code++) {
        int quiet = Float.isNaN(BFloat16.decode((short) code)) ? 0x00400000 : 0;
        assertThat(out.getInt(code)).isEqualTo((code << 16) | quiet);
      }
    }
  }

  /** Operands and results that end, or begin, where nothing may be touched. */
  @ParameterizedTest
  @CsvSource({"1, 1", "2, 15", "3, 131", "129, 200", "130, 128", "257, 33"})
  void touchesNothingBesideItsOperands(int rows, int columns) {
    for (boolean last : new boolean[] {true, false}) {
      try (Guarded guarded = new Guarded(last)) {
        Quantizer generated = quantizer(new TestTeam(2));
        Random random = new Random(7);
        Tensor x = guarded.tensor(DType.F32, rows, columns);
        for (long i = 0; i < x.elements(); i++) {
          x.setFloat(i, (float) random.nextGaussian());
        }
        Tensor out = guarded.tensor(DType.F32, rows, columns);
        for (Format format : Format.values()) {
          for (Tiling tiling : Tiling.values()) {
            Matrix.Tiled q = guarded.copy(quantized(x, format, tiling));
            generated.dequantize(q, out);
            try (Workspace workspace = new Workspace("test", 1 << 28)) {
              generated.quantize(x, format, tiling, Scale.FP32, workspace);
              generated.quantizeRounded(x, format, tiling, Scale.FP32, workspace);
              generated.quantizeRowsAndColumns(x, format, Scale.POWER_OF_TWO, workspace);
              generated.requantize(q, Format.E4M3, Tiling.COLUMNS, Scale.FP32, workspace);
              generated.requantize(q, Format.E5M6, Tiling.ROWS, Scale.FP32, workspace);
            }
          }
        }
        try (Workspace workspace = new Workspace("test", 1 << 28)) {
          Tensor codes = guarded.tensor(DType.BF16, rows, columns);
          codes.copyFrom(generated.toBFloat16(x, workspace).values());
          generated.fromBFloat16(codes, out);
          generated.roundToBFloat16(x);
          assertThat(out.toFloats()).containsExactly(x.toFloats());
        }
      }
    }
  }

  private static Matrix.Tiled quantized(Tensor x, Format format, Tiling tiling) {
    try (Workspace workspace = new Workspace("test", 1 << 28)) {
      Matrix.Tiled q = reference().quantize(x, format, tiling, Scale.FP32, workspace);
      return new Matrix.Tiled(heap(q.codes()), heap(q.scales()), tiling);
    }
  }

  private static Tensor heap(Tensor tensor) {
    MemorySegment copy = MemorySegment.ofArray(new byte[(int) tensor.bytes()]);
    copy.copyFrom(tensor.data());
    return new Tensor(tensor.dtype(), tensor.shape(), copy);
  }

  /** Tensors that each lie right before, or right behind, a page that cannot be touched. */
  private record Guarded(boolean last, List<GuardedPages> pages) implements AutoCloseable {
    Guarded(boolean last) {
      this(last, new ArrayList<>());
    }

    Tensor tensor(DType type, long... extents) {
      Shape shape = Shape.of(extents);
      long bytes = shape.elements() * type.bytes();
      GuardedPages guarded = new GuardedPages(bytes);
      pages.add(guarded);
      return new Tensor(type, shape, last ? guarded.last(bytes) : guarded.first(bytes));
    }

    Matrix.Tiled copy(Matrix.Tiled q) {
      Tensor codes = tensor(q.codes().dtype(), q.rows(), q.columns());
      codes.copyFrom(q.codes());
      Tensor scales = tensor(DType.F32, q.scales().rows(), q.scales().columns());
      scales.copyFrom(q.scales());
      return new Matrix.Tiled(codes, scales, q.tiling());
    }

    @Override
    public void close() {
      pages.forEach(GuardedPages::close);
    }
  }

  @Test
  void refusesMemoryOfTheHeap() {
    Tensor x = Floats.zeros(2, 3);
    Tensor heap = new Tensor(DType.F32, Shape.of(2, 3), MemorySegment.ofArray(new byte[24]));
    Quantizer generated = quantizer(new TestTeam(1));
    try (Workspace workspace = new Workspace("test", 1 << 28)) {
      Matrix.Tiled q = generated.quantize(x, Format.E4M3, Tiling.ROWS, Scale.FP32, workspace);
      assertThatThrownBy(() -> generated.dequantize(q, heap))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("quantizer: generated code reaches no heap memory");
    }
  }
}
