package dev.hadal.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;
import java.math.BigDecimal;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Conversions against PyTorch's casts and block scales. */
class TensorConversionGoldenTest {
  @TempDir Path folder;
  private final Arena arena = Arena.ofConfined();
  private final SafetensorsFile golden = open();

  private static SafetensorsFile open() {
    try {
      return SafetensorsFile.open(
          Path.of(
              Objects.requireNonNull(
                      TensorConversionGoldenTest.class.getResource(
                          "/golden/fp8/casts-and-blocks.safetensors"))
                  .toURI()));
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  @AfterEach
  void close() {
    golden.close();
    arena.close();
  }

  @ParameterizedTest
  @CsvSource({"decode.e4m3fn, F8_E4M3", "decode.e5m2, F8_E5M2"})
  void everyFp8CodeDecodes(String name, DType dtype) {
    Tensor codes = Tensor.allocate(arena, dtype, 256);
    for (int i = 0; i < 256; i++) {
      codes.data().set(Tensor.BYTE, i, (byte) i);
    }
    float[] expected = golden.tensor(name).toFloats();
    assertThat(TensorConversion.convert(codes, DType.F32, arena).toFloats()).isEqualTo(expected);
    double[] wide = TensorConversion.convert(codes, DType.F64, arena).toDoubles();
    for (int i = 0; i < 256; i++) {
      assertThat(wide[i]).isEqualTo(Double.valueOf(expected[i]));
      Tensor one = Tensor.ofFloats(arena, new float[] {expected[i]}, 1);
      byte again = TensorConversion.convert(one, dtype, arena).data().get(Tensor.BYTE, 0);
      if (Float.isFinite(expected[i])) {
        assertThat(again).isEqualTo((byte) i);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "cast.e4m3fn.f32.input, cast.e4m3fn.f32.saturating, F8_E4M3",
    "cast.e5m2.f32.input, cast.e5m2.f32.saturating, F8_E5M2",
    "cast.f16.f32.input, cast.f16.f32.output, F16",
    "cast.f16.f32.input, cast.bf16.f32.output, BF16"
  })
  void narrowingRoundsAsPyTorchDoes(String input, String output, DType dtype) {
    Tensor values = golden.tensor(input);
    Tensor found = TensorConversion.convert(values, dtype, arena);
    Tensor fromWide =
        TensorConversion.convert(TensorConversion.convert(values, DType.F64, arena), dtype, arena);
    Tensor expected = golden.tensor(output);
    for (long i = 0; i < values.elements(); i++) {
      if (!Float.isNaN(values.getFloat(i))) {
        long at = i * dtype.bytes();
        assertThat(code(found, at)).as("%s", values.getFloat(i)).isEqualTo(code(expected, at));
        assertThat(code(fromWide, at)).isEqualTo(code(expected, at));
      }
    }
  }

  private static int code(Tensor tensor, long at) {
    return tensor.dtype().bytes() == 1
        ? tensor.data().get(Tensor.BYTE, at)
        : tensor.data().get(Tensor.SHORT, at);
  }

  @Test
  void wideValuesAreRoundedOnce() {
    // Just above the middle of two BF16 values, by less than binary32 can tell.
    double middle = 1 + 0x1p-8;
    for (double value : new double[] {middle + 0x1p-40, -middle - 0x1p-40}) {
      Tensor wide = Tensor.ofDoubles(arena, new double[] {value}, 1);
      Tensor narrow = TensorConversion.convert(wide, DType.BF16, arena);
      assertThat(TensorConversion.convert(narrow, DType.F64, arena).getDouble(0))
          .isEqualTo(Math.copySign(1 + 0x1p-7, value));
    }
    assertThat(TensorConversion.roundToOdd(1e300)).isEqualTo(Float.MAX_VALUE);
    assertThat(TensorConversion.roundToOdd(-1e-300)).isEqualTo(-Float.MIN_VALUE);
    assertThat(TensorConversion.roundToOdd(Double.NEGATIVE_INFINITY))
        .isEqualTo(Float.NEGATIVE_INFINITY);
    assertThat(TensorConversion.roundToOdd(Double.NaN)).isNaN();
  }

  @Test
  void blocksQuantiseToTheSameBytesAndScales() {
    BlockScaling.Quantized found = BlockScaling.quantize(golden.tensor("W"), arena);
    assertThat(found.scaleInv().toFloats()).isEqualTo(golden.tensor("W.scale").toFloats());
    assertThat(found.codes().data().mismatch(golden.tensor("W.q").data())).isEqualTo(-1);
  }

  @Test
  void dequantisedValuesAreExactProducts() {
    Tensor codes =
        new Tensor(DType.F8_E4M3, golden.entry("W.q").shape(), golden.tensor("W.q").data());
    Tensor scales = golden.tensor("W.scale");
    Tensor wide = BlockScaling.dequantize(codes, scales, DType.F64, arena);
    Tensor narrow = BlockScaling.dequantize(codes, scales, DType.F32, arena);
    Tensor plain = TensorConversion.convert(codes, DType.F32, arena);
    for (int r = 0; r < codes.rows(); r += 7) {
      for (int c = 0; c < codes.columns(); c += 5) {
        long i = (long) r * codes.columns() + c;
        BigDecimal product =
            new BigDecimal(plain.getFloat(i))
                .multiply(new BigDecimal(scales.getFloat((r / 128) * 3L + c / 128)));
        assertThat(new BigDecimal(wide.getDouble(i))).isEqualByComparingTo(product);
        assertThat(narrow.getFloat(i)).isEqualTo((float) wide.getDouble(i));
      }
    }
    assertThat(wide.getDouble(0)).isCloseTo(golden.tensor("W").getFloat(0), within(1e-2));
  }

  private static org.assertj.core.data.Offset<Double> within(double tolerance) {
    return org.assertj.core.data.Offset.offset(tolerance);
  }

  @Test
  void fp8CheckpointsLoadAsTheWeightsTheyWereMadeFrom() {
    try (WeightFiles exact = WeightFiles.open(MiniGolden.file("model.safetensors"));
        WeightFiles coded = WeightFiles.open(MiniGolden.file("model-fp8.safetensors"))) {
      int quantised = 0;
      for (String name : exact.names()) {
        double[] expected = exact.load(name, DType.F64, arena).toDoubles();
        double[] found = coded.load(name, DType.F64, arena).toDoubles();
        if (coded.entry(name).dtype() == DType.F8_E4M3) {
          quantised++;
          double largest = java.util.Arrays.stream(expected).map(Math::abs).max().orElseThrow();
          for (int i = 0; i < expected.length; i++) {
            // Half a step of the mantissa, or of the subnormals at the block's scale.
            double tolerance = Math.max(Math.abs(expected[i]) / 16, largest / 448 * 0x1p-10);
            assertThat(found[i]).isCloseTo(expected[i], within(tolerance * (1 + 1e-6)));
          }
          assertCodesAreReproduced(coded, exact, name);
        } else {
          assertThat(found).isEqualTo(expected);
        }
      }
      assertThat(quantised).isGreaterThan(30);
    }
  }

  private void assertCodesAreReproduced(WeightFiles coded, WeightFiles exact, String name) {
    BlockScaling.Quantized again = BlockScaling.quantize(exact.tensor(name), arena);
    assertThat(again.codes().data().mismatch(coded.tensor(name).data())).as(name).isEqualTo(-1);
    Tensor scales = coded.tensor(name + BlockScaling.SUFFIX);
    assertThat(again.scaleInv().data().mismatch(scales.data())).as(name).isEqualTo(-1);
  }

  @Test
  void scalesThatDoNotFitAreRefusedByName() {
    Tensor codes = Tensor.allocate(arena, DType.F8_E4M3, 130, 4);
    Tensor scales = Tensor.allocate(arena, DType.F32, 1, 1);
    Path file = folder.resolve("w.safetensors");
    SafetensorsWriter.write(file, Map.of("w", codes, "w_scale_inv", scales, "lonely", codes));
    try (WeightFiles weights = WeightFiles.open(file)) {
      assertThatThrownBy(() -> weights.load("w", DType.F32, arena))
          .isInstanceOf(FormatException.class)
          .hasMessageEndingWith(
              "w.safetensors: w_scale_inv: expected F32 [2, 1], found F32 [1, 1]");
      assertThatThrownBy(() -> weights.load("lonely", DType.F32, arena))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("tensor \"lonely_scale_inv\" is missing");
    }
    Tensor integers = Tensor.ofInts(arena, new int[] {1}, 1);
    assertThatThrownBy(() -> TensorConversion.convert(integers, DType.F32, arena))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
