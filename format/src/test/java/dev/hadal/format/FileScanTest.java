package dev.hadal.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Shape;
import dev.hadal.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FileScanTest {
  @TempDir private Path folder = Path.of("");

  private FileScan scan(Map<String, Tensor> tensors) {
    Path path = folder.resolve("model.safetensors");
    SafetensorsWriter.write(path, tensors);
    long[] read = {0};
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      FileScan scan = FileScan.of(file, bytes -> read[0] += bytes);
      assertThat(read[0]).isEqualTo(scan.bytes());
      assertThat(scan.sha256()).isEqualTo(Hashes.sha256(path));
      return scan;
    }
  }

  /** Every bit pattern of the small types, a hundred thousand of the others. */
  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2"})
  void everyNumberThatIsNotFiniteIsCounted(DType type) {
    try (Arena arena = Arena.ofConfined()) {
      int count = type.bytes() == 1 ? 256 : type.bytes() == 2 ? 1 << 16 : 100_003;
      Tensor tensor = Tensor.allocate(arena, type, count);
      Random random = new Random(1);
      for (int i = 0; i < count; i++) {
        switch (type.bytes()) {
          case 1 -> tensor.data().set(Tensor.BYTE, i, (byte) i);
          case 2 -> tensor.data().set(Tensor.SHORT, 2L * i, (short) i);
          case 4 -> tensor.setFloat(i, Float.intBitsToFloat(random.nextInt()));
          default -> tensor.setDouble(i, Double.longBitsToDouble(random.nextLong()));
        }
      }
      FiniteNumbers finite = FiniteNumbers.of(type);
      long expected = 0;
      long first = -1;
      for (int i = 0; i < count; i++) {
        boolean is = Double.isFinite(finite.value(tensor.data(), i));
        expected += is ? 0 : 1;
        first = !is && first < 0 ? i : first;
        MemorySegment alone = tensor.data().asSlice((long) i * type.bytes(), type.bytes());
        assertThat(finite.all(alone)).isEqualTo(is);
      }
      FileScan.NotFinite found = scan(Map.of("x", tensor)).tensors().getFirst();
      assertThat(found.count()).isEqualTo(expected).isPositive();
      assertThat(found.first()).containsExactly(first);
    }
  }

  @Test
  void oneAmongMillionsIsFoundWhereverItIs() {
    int rows = 1500;
    int columns = 2100;
    try (Arena arena = Arena.ofConfined()) {
      Tensor tensor = Tensor.allocate(arena, DType.BF16, rows, columns);
      for (long at : new long[] {0, 7, 2 << 20, (2 << 20) + 3, (long) rows * columns - 1}) {
        tensor.data().fill((byte) 0x3F);
        tensor.data().set(Tensor.SHORT, 2 * at, (short) 0xFF80);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("odd", Tensor.allocate(arena, DType.I8, 3));
        tensors.put("x", tensor);
        tensors.put("y", Tensor.allocate(arena, DType.F32, 5));
        assertThat(scan(tensors).tensors())
            .containsExactly(
                new FileScan.NotFinite(
                    "x", 1, List.of(at / columns, at % columns), Double.NEGATIVE_INFINITY));
      }
    }
  }

  @Test
  void whatIntegersHoldIsAlwaysANumber() {
    try (Arena arena = Arena.ofConfined()) {
      Tensor tensor = Tensor.allocate(arena, DType.I32, 9);
      tensor.data().fill((byte) 0xFF);
      assertThat(scan(Map.of("x", tensor)).tensors()).isEmpty();
      assertThat(scan(Map.of()).tensors()).isEmpty();
    }
  }

  @Test
  void blocksOfGgufFilesAreLookedAt() {
    Path path = folder.resolve("model.gguf");
    long rows = 40;
    List<GgufWriter.Spec> specs =
        List.of(
            new GgufWriter.Spec("q", GgufType.Q8_0, Shape.of(rows, 1024)),
            new GgufWriter.Spec("k", GgufType.Q4_K, Shape.of(1, 256)),
            new GgufWriter.Spec("f", GgufType.F32, Shape.of(3)));
    try (Arena arena = Arena.ofConfined();
        GgufWriter writer = GgufWriter.create(path, Map.of(), specs)) {
      MemorySegment blocks = arena.allocate(GgufType.Q8_0.bytes(rows * 1024));
      // The scale of the block of element 37 * 1024 + 64 is an infinity, and all its integers 1.
      long block = GgufType.Q8_0.bytes(37 * 1024 + 64);
      blocks.asSlice(block, 34).fill((byte) 1);
      blocks.set(Tensor.SHORT, block, (short) 0x7C00);
      writer.add("q", blocks);
      writer.add("k", arena.allocate(GgufType.Q4_K.bytes(256)));
      MemorySegment numbers = arena.allocate(12);
      numbers.set(Tensor.FLOAT, 4, Float.NaN);
      writer.add("f", numbers);
      writer.commit();
    }
    try (GgufFile file = GgufFile.open(path)) {
      FileScan scan = FileScan.of(file, _ -> {});
      assertThat(scan.sha256()).isEqualTo(Hashes.sha256(path));
      assertThat(scan.tensors())
          .containsExactly(
              new FileScan.NotFinite("q", 32, List.of(37L, 64L), Double.POSITIVE_INFINITY),
              new FileScan.NotFinite("f", 1, List.of(1L), Double.NaN));
    }
  }

  @Test
  void aFileThatBecameShorterIsAnErrorAndNoCrash() throws IOException {
    Path path = folder.resolve("model.safetensors");
    try (Arena arena = Arena.ofConfined()) {
      SafetensorsWriter.write(path, Map.of("x", Tensor.allocate(arena, DType.F32, 1 << 16)));
    }
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      try (var channel = Files.newByteChannel(path, java.nio.file.StandardOpenOption.WRITE)) {
        channel.truncate(1000);
      }
      assertThatThrownBy(() -> FileScan.of(file, _ -> {}))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("found the end of the file after");
    }
  }
}
