package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class ReferenceQuantizerTest {
  private final Doubles doubles = new Doubles(17);
  private final Quantizer quantizer = new ReferenceKernels(Arithmetic.FP32).quantizer();
  private final Workspace workspace = new Workspace("test", 1L << 30);

  @AfterEach
  void close() {
    workspace.close();
  }

  @Test
  void e5m6KeepsSixBitsAndRegroupsWithoutErrorFromTheScale() {
    Tensor x = Floats.of(doubles.normal(130, 150));
    Tensor restored = Floats.zeros(130, 150);
    Matrix.Tiled rows =
        quantizer.quantize(
            x, Quantizer.Format.E5M6, Matrix.Tiling.ROWS, Quantizer.Scale.POWER_OF_TWO, workspace);
    quantizer.dequantize(rows, restored);
    for (long i = 0; i < x.elements(); i++) {
      float error = Math.abs(restored.getFloat(i) - x.getFloat(i));
      assertThat(error).isLessThanOrEqualTo(Math.abs(x.getFloat(i)) * 0x1p-7f + 0x1p-32f);
    }
    for (long i = 0; i < rows.scales().elements(); i++) {
      float scale = rows.scales().getFloat(i);
      assertThat(scale).isEqualTo(Math.scalb(1f, Math.getExponent(scale)));
    }
    Tensor again = Floats.zeros(130, 150);
    Matrix.Tiled columns =
        quantizer.quantize(
            restored,
            Quantizer.Format.E5M6,
            Matrix.Tiling.COLUMNS,
            Quantizer.Scale.POWER_OF_TWO,
            workspace);
    quantizer.dequantize(columns, again);
    assertThat(Floats.largestDifference(again, Floats.widened(restored))).isLessThan(1e-8);
  }

  @ParameterizedTest
  @EnumSource
  void nanHasOneCodeWhateverItsSign(Quantizer.Format format) {
    Tensor x = Floats.zeros(1, 3);
    x.setFloat(0, Float.intBitsToFloat(0xFFC00001));
    x.setFloat(1, Float.NEGATIVE_INFINITY);
    x.setFloat(2, Float.NaN);
    Matrix.Tiled q =
        quantizer.quantize(x, format, Matrix.Tiling.ROWS, Quantizer.Scale.FP32, workspace);
    for (int i = 0; i < 3; i++) {
      switch (format) {
        case E4M3 -> assertThat(q.codes().data().get(Tensor.BYTE, i)).isEqualTo((byte) 0x7F);
        case E5M6 ->
            assertThat(q.codes().data().get(Tensor.SHORT, 2L * i)).isEqualTo((short) 0x7E0);
      }
    }
  }

  @Test
  void nanSpoilsItsTileOnly() {
    Tensor x = Floats.zeros(2, 3);
    x.setFloat(1, Float.NaN);
    x.setFloat(4, 2);
    Matrix.Tiled q =
        quantizer.quantize(
            x, Quantizer.Format.E4M3, Matrix.Tiling.ROWS, Quantizer.Scale.FP32, workspace);
    Tensor restored = Floats.zeros(2, 3);
    quantizer.dequantize(q, restored);
    assertThat(restored.toFloats()).containsExactly(Float.NaN, Float.NaN, Float.NaN, 0, 2, 0);
  }

  @Test
  void operandsAreFlushedAndRoundingsAreNot() {
    float[] values = {0x1p-50f, -0x1.fep-51f, -0x1.ffffp-51f, 1.003f, -0f, 257};
    Tensor x = Tensor.ofFloats(doubles.arena(), values, 2, 3);
    Tensor restored = Floats.zeros(2, 3);
    quantizer.fromBFloat16(quantizer.toBFloat16(x, workspace).values(), restored);
    assertThat(restored.toFloats()).containsExactly(0x1p-50f, -0f, -0x1p-50f, 1, -0f, 256);
    assertThat(quantizer.toBFloat16(x, workspace).values().dtype()).isEqualTo(DType.BF16);
    quantizer.roundToBFloat16(x);
    assertThat(x.toFloats()).containsExactly(0x1p-50f, -0x1.fep-51f, -0x1p-50f, 1, -0f, 256);
  }
}
