package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.kernels.Quantizer.Format;
import dev.hadal.numerics.BFloat16;
import dev.hadal.numerics.E4M3;
import dev.hadal.numerics.E5M6;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class VectorQuantizerTest extends QuantizerContract {
  private static final int STRIDE = 997;
  private static final int RUN = 1 << 12;

  @Override
  Quantizer quantizer(ThreadTeam team) {
    return new VectorQuantizer(team);
  }

  @Override
  boolean fuses() {
    return false;
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
