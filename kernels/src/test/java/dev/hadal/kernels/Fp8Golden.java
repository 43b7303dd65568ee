package dev.hadal.kernels;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Shape;
import dev.hadal.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tiles and products made with torch's FP8 types. X [300, 328], W [200, 328] and dY [300, 200];
 * products are exact sums of the quantized operands.
 */
final class Fp8Golden {
  private final MemorySegment file;
  private final String header;

  Fp8Golden() {
    try (InputStream in =
        Objects.requireNonNull(Fp8Golden.class.getResourceAsStream("fp8.safetensors"))) {
      byte[] bytes = in.readAllBytes();
      file = Arena.ofAuto().allocate(bytes.length, Tensor.ALIGNMENT);
      file.copyFrom(MemorySegment.ofArray(bytes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    byte[] text = file.asSlice(8, file.get(Tensor.LONG, 0)).toArray(Tensor.BYTE);
    header = new String(text, StandardCharsets.UTF_8);
  }

  Tensor tensor(String name) {
    Matcher entry =
        Pattern.compile(
                Pattern.quote("\"" + name + "\":")
                    + "\\{\"dtype\":\"(\\w+)\",\"shape\":\\[(\\d+),(\\d+)],"
                    + "\"data_offsets\":\\[(\\d+),(\\d+)]}")
            .matcher(header);
    if (!entry.find()) {
      throw new IllegalArgumentException("no tensor " + name);
    }
    DType dtype = entry.group(1).equals("U8") ? DType.F8_E4M3 : DType.valueOf(entry.group(1));
    long from = Long.parseLong(entry.group(4));
    long to = Long.parseLong(entry.group(5));
    long data = 8 + file.get(Tensor.LONG, 0);
    return new Tensor(
        dtype,
        Shape.of(Long.parseLong(entry.group(2)), Long.parseLong(entry.group(3))),
        file.asSlice(data + from, to - from));
  }

  Matrix.Tiled tiled(String name, Matrix.Tiling tiling) {
    return new Matrix.Tiled(tensor(name + ".q"), tensor(name + ".scale"), tiling);
  }
}
