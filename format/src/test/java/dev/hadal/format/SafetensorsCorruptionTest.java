package dev.hadal.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Shape;
import dev.hadal.tensor.Tensor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every named way to damage a safetensors file ends in its own message. */
class SafetensorsCorruptionTest {
  private static final String GOOD =
      """
      {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},\
      "b":{"dtype":"I8","shape":[3],"data_offsets":[8,11]}}""";

  @TempDir Path folder;

  /** A header that a hostile file might have over eleven bytes of data. */
  enum BadHeader {
    EMPTY("", "expected it to begin with '{'"),
    SPACE_FIRST(" " + GOOD, "expected it to begin with '{'"),
    BYTE_ORDER_MARK("\u00ef\u00bb\u00bf" + GOOD, "expected it to begin with '{'"),
    ARRAY("[]", "expected it to begin with '{'"),
    UNFINISHED(GOOD.substring(0, GOOD.length() - 1), "not valid JSON"),
    NOT_UTF8("{\"\u00ff\":1}", "UTF-8"),
    TRAILING_OBJECT(GOOD + "{}", "expected only spaces after the object"),
    TRAILING_NUL(GOOD + "\0\0", "not valid JSON"),
    TRAILING_TEXT(GOOD + "x", "not valid JSON"),
    NAN(GOOD.replace("[2]", "[NaN]"), "not valid JSON"),
    DEEP("{\"a\":" + "[".repeat(100_000), "a: expected an object"),
    DEEP_METADATA("{\"__metadata__\":{\"a\":{\"b\":{\"c\":{}}}}}", "expected only strings"),
    TENSOR_NOT_OBJECT("{\"a\":[1]}", "a: expected an object"),
    DUPLICATE_TENSOR(GOOD.replace("\"b\":", "\"a\":"), "a: the tensor occurs twice"),
    DUPLICATE_FIELD(GOOD.replace("\"shape\":[2]", "\"dtype\":\"F32\""), "dtype: the field occurs"),
    DUPLICATE_METADATA(
        "{\"__metadata__\":{},\"__metadata__\":{}}", "__metadata__: the field occurs twice"),
    DUPLICATE_METADATA_KEY(
        "{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}", "__metadata__: \"k\" occurs twice"),
    METADATA_NUMBER("{\"__metadata__\":{\"k\":1}}", "__metadata__: expected only strings"),
    METADATA_NOT_OBJECT("{\"__metadata__\":\"k\"}", "__metadata__: expected an object"),
    UNKNOWN_FIELD(GOOD.replace("\"shape\"", "\"shapes\""), "a: unknown field \"shapes\""),
    NO_DTYPE(GOOD.replace("\"dtype\":\"F32\",", ""), "a: dtype: the field is missing"),
    NO_SHAPE(GOOD.replace("\"shape\":[2],", ""), "a: shape: the field is missing"),
    NO_OFFSETS(
        GOOD.replace(",\"data_offsets\":[0,8]", ""), "a: data_offsets: the field is missing"),
    LOWER_CASE_DTYPE(GOOD.replace("F32", "f32"), "a: dtype: expected one of"),
    UNKNOWN_DTYPE(GOOD.replace("F32", "Q4_K"), "a: dtype: expected one of"),
    DTYPE_NUMBER(GOOD.replace("\"F32\"", "32"), "a: expected dtype: a string"),
    SHAPE_NUMBER(GOOD.replace("[2]", "2"), "a: expected shape: an array"),
    SHAPE_STRING(GOOD.replace("[2]", "[\"2\"]"), "a: shape: expected an integer"),
    SHAPE_FRACTION(GOOD.replace("[2]", "[2.0]"), "a: shape: expected an integer"),
    SHAPE_LEADING_ZERO(GOOD.replace("[2]", "[02]"), "not valid JSON"),
    SHAPE_NULL(GOOD.replace("[2]", "null"), "a: expected shape: an array"),
    SHAPE_EXPONENT(GOOD.replace("[2]", "[2e0]"), "a: shape: expected an integer"),
    SHAPE_NEGATIVE(GOOD.replace("[2]", "[-2]"), "found -2"),
    SHAPE_MINUS_ZERO(GOOD.replace("[2]", "[-0]"), "found -0"),
    SHAPE_NESTED(GOOD.replace("[2]", "[[2]]"), "a: shape: expected an integer"),
    SHAPE_BEYOND_LONG(GOOD.replace("[2]", "[9223372036854775808]"), "2^63-1"),
    SHAPE_HUGE_NUMBER(GOOD.replace("[2]", "[" + "9".repeat(5000) + "]"), "not valid JSON"),
    SHAPE_OVERFLOWS(
        GOOD.replace("[2]", "[4294967296,4294967296]"), "a: shape: expected fewer than 2^63"),
    SHAPE_WRAPS_TO_TWO(
        GOOD.replace("[2]", "[4611686018427387905,2]"), "a: shape: expected fewer than 2^63"),
    BYTES_OVERFLOW(
        GOOD.replace("[2]", "[4611686018427387906]"), "a: shape: expected fewer than 2^63"),
    FIVE_AXES(GOOD.replace("[2]", "[1,1,1,1,2]"), "a: shape: expected at most 4 numbers"),
    SHAPE_TOO_LARGE(GOOD.replace("[2]", "[3]"), "a: data_offsets: expected 12 bytes"),
    SHAPE_TOO_SMALL(GOOD.replace("[2]", "[1]"), "a: data_offsets: expected 4 bytes"),
    ONE_OFFSET(GOOD.replace("[0,8]", "[8]"), "a: data_offsets: expected a begin and an end"),
    THREE_OFFSETS(GOOD.replace("[0,8]", "[0,8,8]"), "a: data_offsets: expected at most 2 numbers"),
    BACKWARDS(GOOD.replace("[0,8]", "[8,0]"), "a: data_offsets: expected a begin and an end"),
    OFFSET_FRACTION(GOOD.replace("[0,8]", "[0,8.0]"), "a: data_offsets: expected an integer"),
    OFFSET_BEYOND_LONG(
        GOOD.replace("[0,8]", "[0,18446744073709551624]"), "a: data_offsets: expected an integer"),
    NEGATIVE_OFFSET(GOOD.replace("[0,8]", "[-8,0]"), "a: data_offsets: expected an integer"),
    OVERLAP(GOOD.replace("[8,11]", "[7,10]"), "b: data_offsets: expected data from byte 8 on"),
    SAME_BYTES(GOOD.replace("[8,11]", "[0,3]"), "without hole or overlap"),
    HOLE(GOOD.replace("[8,11]", "[9,12]"), "b: data_offsets: expected data from byte 8 on"),
    HOLE_AT_START(
        GOOD.replace("[0,8]", "[1,9]").replace("[8,11]", "[9,12]"), "expected data from byte 0 on"),
    FAR_AWAY(
        GOOD.replace("[8,11]", "[9223372036854775804,9223372036854775807]"),
        "b: data_offsets: expected data from byte 8 on"),
    BEYOND_FILE(
        GOOD.replace("[3]", "[4]").replace("[8,11]", "[8,12]"),
        "expected 12 bytes of tensor data after the header, found 11"),
    BYTES_LEFT_OVER("{}", "expected 0 bytes of tensor data after the header, found 11"),
    HALF_A_CHARACTER(GOOD.replace("\"a\"", "\"\\udc00\""), "not valid JSON"),
    HALF_A_CHARACTER_IN_METADATA(
        "{\"__metadata__\":{\"k\":\"\\udc00\"}}", "found half a surrogate pair"),
    LONG_NAME("{\"" + "n".repeat(5000) + "\":1}", "not valid JSON");

    private final String header;
    private final String message;

    BadHeader(String header, String message) {
      this.header = header;
      this.message = message;
    }
  }

  private Path file(long declaredLength, byte[] header, int dataBytes) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.allocate(8 + header.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(declaredLength).put(header);
    return Files.write(folder.resolve("x.safetensors"), bytes.array());
  }

  private Path good() throws IOException {
    byte[] header = GOOD.getBytes(StandardCharsets.UTF_8);
    return file(header.length, header, 11);
  }

  private static void assertRefused(Path path, String message) {
    assertThatThrownBy(() -> SafetensorsFile.open(path).close())
        .isInstanceOf(FormatException.class)
        .hasMessageStartingWith(path.toString())
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @EnumSource
  void badHeadersAreRefused(BadHeader bad) throws IOException {
    // ISO-8859-1 so that U+00FF becomes a byte that UTF-8 does not have.
    byte[] header = bad.header.getBytes(StandardCharsets.ISO_8859_1);
    assertRefused(file(header.length, header, 11), bad.message);
  }

  @Test
  void theUndamagedFileIsRead() throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(good())) {
      assertThat(file.names()).containsExactly("a", "b");
      assertThat(file.tensor("b").bytes()).isEqualTo(3);
      assertThatThrownBy(() -> file.tensor("c"))
          .hasMessageContaining("x.safetensors: tensor \"c\" is missing");
    }
  }

  @Test
  void everyTruncationAndEveryExtensionIsRefused() throws IOException {
    byte[] bytes = Files.readAllBytes(good());
    Path path = folder.resolve("cut.safetensors");
    for (int length = 0; length < bytes.length; length++) {
      Files.write(path, Arrays.copyOf(bytes, length));
      assertRefused(path, "expected");
    }
    Files.write(path, Arrays.copyOf(bytes, bytes.length + 1));
    assertRefused(path, "expected 11 bytes of tensor data after the header, found 12");
  }

  @Test
  void headerLengthsThatLieAreRefused() throws IOException {
    byte[] header = GOOD.getBytes(StandardCharsets.UTF_8);
    int rest = header.length + 11;
    for (long lie : new long[] {rest + 1, 1L << 32, Long.MAX_VALUE, Long.MIN_VALUE, -1, -8}) {
      assertRefused(
          file(lie, header, 11),
          "header length: expected at most the %d bytes that follow, found %s"
              .formatted(rest, Long.toUnsignedString(lie)));
    }
    for (long lie : new long[] {0, 1, header.length - 1, header.length + 1, rest}) {
      assertRefused(file(lie, header, 11), "header: ");
    }
  }

  @Test
  void headersBeyondTheLimitAreRefusedBeforeTheyAreRead() throws IOException {
    Path path = folder.resolve("sparse.safetensors");
    try (RandomAccessFile sparse = new RandomAccessFile(path.toFile(), "rw")) {
      sparse.write(
          ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(100_000_001).array());
      sparse.setLength(1L << 30);
    }
    assertRefused(path, "header length: expected at most 100000000 bytes, found 100000001");
  }

  @Test
  void otherThingsThanFilesAreRefused() {
    assertRefused(folder.resolve("nothing"), "there is no such file");
    assertRefused(folder, "cannot be read");
  }

  @Test
  void emptyFilesScalarsAndEmptyTensorsAreRead() throws IOException {
    byte[] none = "{}".getBytes(StandardCharsets.UTF_8);
    try (SafetensorsFile file = SafetensorsFile.open(file(none.length, none, 0))) {
      assertThat(file.names()).isEmpty();
    }
    byte[] odd =
        """
        {"e":{"dtype":"F32","shape":[4,0],"data_offsets":[2,2]},\
        "s":{"shape":[],"data_offsets":[0,2],"dtype":"BF16"}}  \s"""
            .getBytes(StandardCharsets.UTF_8);
    try (SafetensorsFile file = SafetensorsFile.open(file(odd.length, odd, 2))) {
      assertThat(file.tensor("s").elements()).isEqualTo(1);
      assertThat(file.tensor("e").shape()).isEqualTo(Shape.of(4, 0));
      assertThat(file.names()).containsExactly("s", "e");
    }
  }

  @Test
  void tensorsDieWithTheirFile() throws IOException {
    SafetensorsFile file = SafetensorsFile.open(good());
    Tensor tensor = file.tensor("a");
    assertThatThrownBy(() -> tensor.setFloat(0, 1)).isInstanceOf(IllegalArgumentException.class);
    file.close();
    assertThatThrownBy(() -> tensor.getFloat(0)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void theWriterKeepsToItsPlanAndLeavesNothingHalfWritten() {
    Path path = folder.resolve("w.safetensors");
    List<SafetensorsWriter.Spec> specs = new ArrayList<>();
    specs.add(new SafetensorsWriter.Spec("a", DType.F32, Shape.of(1)));
    specs.add(new SafetensorsWriter.Spec("b", DType.F32, Shape.of(1)));
    try (Arena arena = Arena.ofConfined()) {
      Tensor one = Tensor.ofFloats(arena, new float[] {1}, 1);
      try (SafetensorsWriter writer = SafetensorsWriter.create(path, specs, Map.of("k", "v"))) {
        assertThatThrownBy(() -> writer.add("b", one))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("got b");
      }
      assertThat(folder).isEmptyDirectory();
      try (SafetensorsWriter writer = SafetensorsWriter.create(path, specs, Map.of("k", "v"))) {
        writer.add("a", one);
        assertThatThrownBy(writer::commit).isInstanceOf(IllegalStateException.class);
        writer.add("b", one);
        assertThat(path).doesNotExist();
        writer.commit();
      }
      try (SafetensorsFile file = SafetensorsFile.open(path)) {
        assertThat(file.metadata()).containsExactly(Map.entry("k", "v"));
        assertThat(file.tensor("b").getFloat(0)).isEqualTo(1);
      }
    }
    assertThat(folder.toFile().list()).containsExactly("w.safetensors");
  }

  @Test
  void aFullDiskIsNamedAndLeavesNothing() throws IOException {
    Path full = Path.of("/dev/full");
    org.junit.jupiter.api.Assumptions.assumeTrue(Files.exists(full), "needs /dev/full");
    Path target = folder.resolve("full.safetensors");
    // The temporary file's name is the writer's; a link sends its bytes to a device that is full.
    Files.createSymbolicLink(folder.resolve(".full.safetensors.tmp"), full);
    assertThatThrownBy(() -> SafetensorsWriter.write(target, Map.of()))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("full.safetensors: cannot be written: No space left on device");
    assertThat(folder).isEmptyDirectory();
  }
}
