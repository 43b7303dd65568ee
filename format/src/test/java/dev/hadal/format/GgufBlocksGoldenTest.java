package dev.hadal.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Blocks that gguf-py dequantised and quantised. */
class GgufBlocksGoldenTest {
  private static final Path GOLDEN =
      Path.of("src", "test", "resources", "golden", "gguf", "blocks.safetensors");

  static Stream<GgufType> decoded() {
    return Stream.of(GgufType.values())
        .filter(GgufType::decodes)
        .filter(t -> t.blockElements() > 1);
  }

  @ParameterizedTest
  @MethodSource("decoded")
  void decodesEveryTypeBitForBit(GgufType type) {
    try (SafetensorsFile golden = SafetensorsFile.open(GOLDEN)) {
      Tensor blocks = golden.tensor(type + ".blocks");
      float[] expected = golden.tensor(type + ".values").toFloats();
      float[] found = new float[expected.length + 1];
      GgufBlocks.decode(type, blocks.data(), 0, expected.length, found, 1);
      for (int i = 0; i < expected.length; i++) {
        assertThat(Float.floatToRawIntBits(found[i + 1]))
            .as("element %d: %s, expected %s", i, found[i + 1], expected[i])
            .isEqualTo(Float.floatToRawIntBits(expected[i]));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0"})
  void encodesAsTheReferenceDoes(GgufType type) {
    try (SafetensorsFile golden = SafetensorsFile.open(GOLDEN)) {
      float[] input = golden.tensor(type + ".quantize.input").toFloats();
      MemorySegment expected = golden.tensor(type + ".quantize.blocks").data();
      MemorySegment found = MemorySegment.ofArray(new byte[(int) expected.byteSize()]);
      GgufBlocks.encode(type, input, 0, input.length, found, 0);
      assertThat(found.mismatch(expected)).isEqualTo(-1);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16"})
  void plainTypesKeepWhatTheyCanHold(GgufType type) {
    float[] values = {0, -0f, 1, -1.5f, 0x1p-10f, 100, Float.POSITIVE_INFINITY, Float.NaN};
    MemorySegment bytes = MemorySegment.ofArray(new byte[(int) type.bytes(values.length)]);
    GgufBlocks.encode(type, values, 0, values.length, bytes, 0);
    float[] again = new float[values.length];
    GgufBlocks.decode(type, bytes, 0, values.length, again, 0);
    assertThat(again).isEqualTo(values);
  }

  @Test
  void scalesOfMxfp4ReachFromSubnormalToNan() {
    byte[] block = new byte[17];
    block[1] = 0x12;
    float[] values = new float[32];
    for (int x : new int[] {0, 1, 2, 127, 254}) {
      block[0] = (byte) x;
      GgufBlocks.decode(GgufType.MXFP4, MemorySegment.ofArray(block), 0, 32, values, 0);
      assertThat((double) values[0]).isEqualTo(Math.scalb(1.0, x - 127));
      assertThat((double) values[16]).isEqualTo(Math.scalb(0.5, x - 127));
    }
    block[0] = (byte) 255;
    GgufBlocks.decode(GgufType.MXFP4, MemorySegment.ofArray(block), 0, 32, values, 0);
    assertThat(values[0]).isNaN();
  }

  @Test
  void whatCannotBeDoneIsRefused() {
    MemorySegment bytes = MemorySegment.ofArray(new byte[1000]);
    float[] values = new float[256];
    assertThatThrownBy(() -> GgufBlocks.decode(GgufType.IQ2_XXS, bytes, 0, 256, values, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("cannot decode IQ2_XXS");
    assertThatThrownBy(() -> GgufBlocks.encode(GgufType.Q6_K, values, 0, 256, bytes, 0))
        .hasMessageContaining("cannot encode Q6_K");
    assertThatThrownBy(() -> GgufBlocks.decode(GgufType.Q4_0, bytes, 0, 31, values, 0))
        .hasMessageContaining("expected whole blocks of Q4_0, got 31 elements");
    values[7] = Float.NaN;
    assertThatThrownBy(() -> GgufBlocks.encode(GgufType.Q8_0, values, 0, 32, bytes, 0))
        .hasMessageContaining("expected finite values");
  }
}
