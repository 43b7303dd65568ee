package dev.hadal.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.hadal.tensor.Shape;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each corruption that a GGUF reader was ever hurt by, by name, and what is said of it. */
class GgufCorruptionTest {
  @TempDir private Path folder = Path.of("");

  enum Bad {
    MAGIC(f -> f.magic = 0x46474747, "magic: expected the letters GGUF"),
    BIG_ENDIAN(f -> f.version = 0x03000000, "version: expected a little-endian file"),
    VERSION_0(f -> f.version = 0, "version: expected 2 or 3, found 0"),
    VERSION_1(f -> f.version = 1, "version: expected 2 or 3, found 1"),
    VERSION_FUTURE(f -> f.version = 4, "version: expected 2 or 3, found 4"),
    VERSION_LARGEST(f -> f.version = -1, "version: expected 2 or 3, found 4294967295"),
    TENSORS_MINUS_ONE(f -> f.tensors = -1, "number of tensors: expected at most"),
    TENSORS_LARGEST(f -> f.tensors = Long.MAX_VALUE, "found 9223372036854775807"),
    TENSORS_WRAP(f -> f.tensors = 1L << 59, "number of tensors: expected at most"),
    TENSORS_ONE_TOO_MANY(f -> f.tensors = 3, "tensor 2: "),
    TENSORS_ONE_TOO_FEW(f -> f.tensors = 1, "data: expected nothing but padding"),
    PAIRS_MINUS_ONE(f -> f.pairs = -1, "number of metadata pairs: expected at most"),
    PAIRS_WRAP(f -> f.pairs = 1L << 61, "number of metadata pairs: expected at most"),
    PAIRS_TOO_MANY(f -> f.pairs = 4, "tensor 0: length of a text"),
    PAIRS_TOO_FEW(f -> f.pairs = 2, "expected at most 4 axes, found 9"),
    KEY_LENGTH_MINUS_ONE(f -> f.layers = r -> r.u64(-1), "key 1: length of a text"),
    KEY_LENGTH_LARGEST(f -> f.layers = r -> r.u64(Long.MAX_VALUE), "key 1: length of a text"),
    KEY_TOO_LONG(
        f -> f.layers = r -> r.text("k".repeat(65_536)).u32(4).u32(7),
        "key 1: length of a text: expected at most 65535 bytes"),
    KEY_EMPTY(f -> f.layers = r -> r.text("").u32(4).u32(7), "key 1: expected at least one byte"),
    KEY_NOT_UTF8(
        f -> f.layers = r -> r.u64(2).u8(0xC3).u8(0x28).u32(4).u32(7), "key 1: expected UTF-8"),
    KEY_TWICE(
        f -> f.layers = r -> r.text("general.architecture").u32(4).u32(7),
        "general.architecture: the key occurs twice"),
    TYPE_13(f -> f.layers = r -> r.text("n").u32(13).u32(7), "n: type: expected 0 to 12, found 13"),
    TYPE_LARGEST(f -> f.layers = r -> r.text("n").u32(-1).u32(7), "found 4294967295"),
    TRUTH_OF_TWO(f -> f.layers = r -> r.text("n").u32(7).u8(2), "n: expected 0 or 1"),
    TEXT_LENGTH_LARGEST(
        f -> f.architecture = r -> r.text("a").u32(8).u64(-1), "a: length of a text"),
    TEXT_TOO_LONG(
        f -> f.architecture = r -> r.text("a").u32(8).u64(1 << 20 | 1).zeros(1 << 20 | 1),
        "a: length of a text: expected at most 1048576 bytes"),
    TEXT_NOT_UTF8(
        f -> f.architecture = r -> r.text("a").u32(8).u64(1).u8(0xFF), "a: expected UTF-8 text"),
    ARRAY_OF_ARRAYS(
        f -> f.tokens = r -> r.text("t").u32(9).u32(9).u64(1).u32(4).u64(0),
        "t: expected an array of plain values, found one of arrays"),
    ARRAY_TYPE(f -> f.tokens = r -> r.text("t").u32(9).u32(99).u64(1), "t: type: expected 0 to 12"),
    ARRAY_MINUS_ONE(f -> f.tokens = r -> r.text("t").u32(9).u32(0).u64(-1), "t: expected at most"),
    ARRAY_WRAPS(
        f -> f.tokens = r -> r.text("t").u32(9).u32(10).u64(1L << 61 | 1), "t: expected at most"),
    ARRAY_OF_TEXTS_TOO_LONG(
        f -> f.tokens = r -> r.text("t").u32(9).u32(8).u64(1L << 40).text("a"),
        "t: expected at most"),
    ARRAY_TEXT_LENGTH(
        f -> f.tokens = r -> r.text("t").u32(9).u32(8).u64(1).u64(-2), "t: length of a text"),
    ALIGNMENT_0(f -> alignment(f, 4, 0), "general.alignment: expected a power of two"),
    ALIGNMENT_48(f -> alignment(f, 4, 48), "general.alignment: expected a power of two"),
    ALIGNMENT_HUGE(f -> alignment(f, 4, 1 << 21), "expected a power of two up to 1048576"),
    ALIGNMENT_LARGEST(f -> alignment(f, 4, 0x80000000L), "general.alignment: expected an integer"),
    ALIGNMENT_NEGATIVE(f -> alignment(f, 5, -32), "found -32"),
    ALIGNMENT_REAL(f -> alignment(f, 6, 0x42000000), "expected an integer of 32 bits, found 32.0"),
    ALIGNMENT_OF_OTHER_FILE(f -> alignment(f, 4, 64), "b: offset: expected data from byte 128 on"),
    NAME_EMPTY(f -> f.first = tensor("", 8, 0, 32, 2), "tensor 0: expected a name"),
    NAME_TOO_LONG(
        f -> f.first = tensor("a".repeat(65), 8, 0, 32, 2),
        "tensor 0: length of a text: expected at most 64 bytes"),
    NAME_NOT_UTF8(
        f -> f.first = r -> r.u64(1).u8(0x80).u32(1).u64(32).u32(8).u64(0),
        "tensor 0: expected UTF-8"),
    NAME_TWICE(f -> f.second = tensor("a", 0, 96, 3), "a: the tensor occurs twice"),
    FIVE_AXES(f -> f.first = tensor("a", 8, 0, 32, 2, 1, 1, 1), "a: expected at most 4 axes"),
    AXES_LARGEST(f -> f.first = r -> r.text("a").u32(-1), "a: expected at most 4 axes"),
    EXTENT_0(f -> f.second = tensor("b", 0, 96, 0), "b: expected extents from 1"),
    EXTENT_MINUS_ONE(f -> f.second = tensor("b", 0, 96, -1), "found 18446744073709551615"),
    ELEMENTS_WRAP(
        f -> f.second = tensor("b", 0, 96, 1L << 32, 1L << 32),
        "b: expected fewer than 2^63 elements"),
    ELEMENTS_WRAP_TO_THREE(
        f -> f.second = tensor("b", 0, 96, 3, (1L << 62) + 1, 4), "expected fewer than 2^63"),
    BYTES_WRAP(
        f -> f.second = tensor("b", 0, 96, (1L << 62) + 3), "b: expected fewer than 2^63 elements"),
    BYTES_WRAP_IN_BLOCKS(
        f -> f.first = tensor("a", 8, 0, -32L >>> 1 & -32), "a: expected fewer than 2^63 elements"),
    PART_OF_A_BLOCK(
        f -> f.first = tensor("a", 8, 0, 33, 2), "a: expected rows of a multiple of the 32"),
    TENSOR_TYPE_UNKNOWN(f -> f.first = tensor("a", 43, 0, 32, 2), "a: type: expected a number up"),
    TENSOR_TYPE_LARGEST(f -> f.first = tensor("a", -1, 0, 32, 2), "found 4294967295"),
    TENSOR_TYPE_WITHDRAWN(
        f -> f.first = tensor("a", 4, 0, 32, 2), "the type Q4_2 is not supported"),
    TENSOR_TYPE_INTERLEAVED(f -> f.first = tensor("a", 33, 0, 32, 2), "the type Q4_0_8_8 is not"),
    TENSOR_TYPE_NEWER(f -> f.first = tensor("a", 40, 0, 64), "the type NVFP4 is not supported"),
    OFFSET_NOT_ALIGNED(f -> f.second = tensor("b", 0, 97, 3), "b: offset: expected data from byte"),
    OFFSET_WITHOUT_PADDING(f -> f.second = tensor("b", 0, 68, 3), "from byte 96 on"),
    OFFSET_OVERLAPS(f -> f.second = tensor("b", 0, 64, 3), "b: offset: expected data from byte 96"),
    OFFSET_SAME(f -> f.second = tensor("b", 0, 0, 3), "a: offset: expected data from byte 32"),
    OFFSET_HOLE(f -> f.second = tensor("b", 0, 128, 3), "b: offset: expected data from byte 96"),
    OFFSET_LARGEST(f -> f.second = tensor("b", 0, -32, 3), "found 18446744073709551584"),
    OFFSET_FAR(f -> f.second = tensor("b", 0, 1L << 62, 3), "found 4611686018427387904"),
    OFFSET_NOT_AT_START(
        f -> {
          f.first = tensor("a", 8, 32, 32, 2);
          f.second = tensor("b", 0, 128, 3);
        },
        "a: offset: expected data from byte 0 on"),
    DATA_CUT(f -> f.data = 96 + 11, "b: expected 12 bytes of data from byte 96 on, found the end"),
    DATA_MISSING(f -> f.data = 0, "a: expected 68 bytes of data from byte 0 on"),
    DATA_LARGER_THAN_FILE(
        f -> f.second = tensor("b", 0, 96, 1L << 40), "b: expected 4398046511104"),
    DATA_LEFT_OVER(f -> f.data = 96 + 33, "data: expected nothing but padding up to byte 128");

    @SuppressWarnings("ImmutableEnumChecker") // A lambda that captures nothing.
    private final Consumer<GgufBytes> damage;

    private final String message;

    Bad(Consumer<GgufBytes> damage, String message) {
      this.damage = damage;
      this.message = message;
    }
  }

  private static void alignment(GgufBytes file, int type, long value) {
    file.pairs++;
    file.more = raw -> raw.text("general.alignment").u32(type).u32(value);
    file.alignment = value == 64 ? 64 : 32;
  }

  private static Consumer<GgufBytes.Raw> tensor(
      String name, long type, long offset, long... extents) {
    return raw -> {
      raw.text(name).u32(extents.length);
      for (long extent : extents) {
        raw.u64(extent);
      }
      raw.u32(type).u64(offset);
    };
  }

  private Path file(GgufBytes bytes) throws IOException {
    return Files.write(folder.resolve("x.gguf"), bytes.bytes());
  }

  private static void assertRefused(Path path, String message) {
    Throwable refused = catchThrowable(() -> GgufFile.open(path).close());
    assertThat(refused).isInstanceOf(FormatException.class).hasMessageContaining(message);
    OneSentence.require((FormatException) refused, path + ": ");
  }

  @ParameterizedTest
  @EnumSource
  void everyCorruptionIsRefused(Bad bad) throws IOException {
    GgufBytes bytes = new GgufBytes();
    bad.damage.accept(bytes);
    assertRefused(file(bytes), bad.message);
  }

  @Test
  void theUndamagedFileIsReadInBothVersions() throws IOException {
    for (int version : new int[] {2, 3}) {
      GgufBytes bytes = new GgufBytes();
      bytes.version = version;
      try (GgufFile file = GgufFile.open(file(bytes))) {
        assertThat(file.version()).isEqualTo(version);
        assertThat(file.metadata().getString("general.architecture")).isEqualTo("deepseek2");
        assertThat(file.metadata().getInt("n")).isEqualTo(7);
        assertThat(file.metadata().getArray("t").strings()).containsExactly("a", "bc");
        assertThat(file.tensors()).containsOnlyKeys("a", "b");
        assertThat(file.tensor("a").shape()).isEqualTo(Shape.of(2, 32));
        assertThat(file.data("a").byteSize()).isEqualTo(68);
        assertThat(file.data("b").byteSize()).isEqualTo(12);
        assertThatThrownBy(() -> file.data("c"))
            .hasMessageContaining("x.gguf: tensor \"c\" is missing");
      }
    }
  }

  @Test
  void paddingAfterTheLastTensorIsOptional() throws IOException {
    for (int data : new int[] {108, 109, 128}) {
      GgufBytes bytes = new GgufBytes();
      bytes.data = data;
      GgufFile.open(file(bytes)).close();
    }
  }

  @Test
  void everyTruncationIsRefused() throws IOException {
    byte[] bytes = new GgufBytes().bytes();
    Path path = folder.resolve("cut.gguf");
    for (int length = 0; length < bytes.length; length++) {
      Files.write(path, Arrays.copyOf(bytes, length));
      assertRefused(path, "expected");
    }
  }

  @Test
  void damagedBytesGiveAValueOrARefusal() {
    long seed = Long.getLong("hadal.seed", 20260928L);
    Random random = new Random(seed);
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = new GgufBytes().bytes();
      for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
        bytes[random.nextInt(250)] = (byte) random.nextInt();
      }
      Path path = Path.of("damaged");
      try (GgufFile file = GgufFile.of(path, Arena.ofConfined(), MemorySegment.ofArray(bytes))) {
        file.tensors().keySet().forEach(file::data);
      } catch (FormatException e) {
        refused++;
        OneSentence.require(e, "damaged: ");
      }
    }
    assertThat(refused).as("seed %d", seed).isGreaterThan(1000);
  }

  @Test
  void hugeSparseFilesAreRefusedWithoutReadingThem() throws IOException {
    Path path = folder.resolve("sparse.gguf");
    GgufBytes bytes = new GgufBytes();
    bytes.tensors = 1L << 24;
    Files.write(path, bytes.bytes());
    try (RandomAccessFile sparse = new RandomAccessFile(path.toFile(), "rw")) {
      sparse.setLength(1L << 30);
    }
    // Zeros are names of no bytes.
    assertRefused(path, "expected a name");
  }

  @Test
  void otherThingsThanFilesAreRefused() {
    assertRefused(folder.resolve("nothing"), "there is no such file");
    assertRefused(folder, "cannot be read");
  }

  @Test
  void dataDiesWithTheFile() throws IOException {
    GgufFile file = GgufFile.open(file(new GgufBytes()));
    MemorySegment data = file.data("b");
    GgufArray tokens = file.metadata().getArray("t");
    assertThat(data.isReadOnly()).isTrue();
    file.close();
    assertThatThrownBy(() -> data.get(java.lang.foreign.ValueLayout.JAVA_BYTE, 0))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(tokens::strings).isInstanceOf(IllegalStateException.class);
  }
}
