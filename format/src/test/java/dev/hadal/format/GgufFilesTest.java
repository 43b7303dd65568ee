package dev.hadal.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.tensor.Shape;
import dev.hadal.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The writer, sets of shards, and typed metadata. */
class GgufFilesTest {
  @TempDir private Path folder = Path.of("");

  private static GgufValue.Whole u16(int value) {
    return new GgufValue.Whole(GgufValueType.UINT16, value);
  }

  private static Map<String, GgufValue> split(int number, int count, int tensors) {
    Map<String, GgufValue> metadata = new LinkedHashMap<>();
    if (number == 0) {
      metadata.put("general.architecture", new GgufValue.Text("deepseek2"));
    }
    metadata.put("split.no", u16(number));
    metadata.put("split.count", u16(count));
    metadata.put("split.tensors.count", new GgufValue.Whole(GgufValueType.INT32, tensors));
    return metadata;
  }

  private Path write(String name, Map<String, GgufValue> metadata, String... tensors) {
    Path path = folder.resolve(name);
    List<GgufWriter.Spec> specs =
        java.util.stream.Stream.of(tensors)
            .map(tensor -> new GgufWriter.Spec(tensor, GgufType.F32, Shape.of(3)))
            .toList();
    try (GgufWriter writer = GgufWriter.create(path, metadata, specs)) {
      for (String tensor : tensors) {
        byte[] bytes = new byte[12];
        MemorySegment data = MemorySegment.ofArray(bytes);
        data.set(Tensor.FLOAT, 0, tensor.charAt(0));
        writer.add(tensor, data);
      }
      writer.commit();
    }
    return path;
  }

  private void three() {
    write("m-00001-of-00003.gguf", split(0, 3, 4));
    write("m-00002-of-00003.gguf", split(1, 3, 4), "a", "b");
    write("m-00003-of-00003.gguf", split(2, 3, 4), "c", "d");
  }

  @Test
  void anyShardOpensTheSet() {
    three();
    for (int i = 1; i <= 3; i++) {
      Path shard = folder.resolve("m-0000%d-of-00003.gguf".formatted(i));
      try (GgufFiles files = GgufFiles.open(shard)) {
        assertThat(files.shards()).hasSize(3);
        assertThat(files.source().getFileName()).hasToString("m-00001-of-00003.gguf");
        assertThat(files.metadata().getString("general.architecture")).isEqualTo("deepseek2");
        assertThat(files.names()).containsExactly("a", "b", "c", "d");
        assertThat(files.data("d").get(Tensor.FLOAT, 0)).isEqualTo('d');
        assertThat(files.owner("b").path().getFileName()).hasToString("m-00002-of-00003.gguf");
        assertThatThrownBy(() -> files.tensor("e")).hasMessageContaining("\"e\" is missing");
      }
    }
    assertThat(GgufFiles.find(folder)).isPresent();
  }

  private void assertRefused(String file, String message) {
    assertThatThrownBy(() -> GgufFiles.open(folder.resolve(file)).close())
        .isInstanceOf(FormatException.class)
        .hasMessageContaining(message);
  }

  @Test
  void setsThatAreNotWholeAreRefused() throws IOException {
    three();
    Files.delete(folder.resolve("m-00002-of-00003.gguf"));
    assertRefused("m-00003-of-00003.gguf", "the shard m-00002-of-00003.gguf of 3 is missing");
    write("m-00002-of-00003.gguf", split(2, 3, 4), "a", "b");
    assertRefused("m-00001-of-00003.gguf", "m-00002-of-00003.gguf: split.no: expected 1, found 2");
    write("m-00002-of-00003.gguf", split(1, 2, 4), "a", "b");
    assertRefused("m-00001-of-00003.gguf", "split.count: expected 3, found 2");
    write("m-00002-of-00003.gguf", split(1, 3, 4), "a", "c");
    assertRefused("m-00001-of-00003.gguf", "c: the tensor is in m-00002-of-00003.gguf already");
    write("m-00002-of-00003.gguf", split(1, 3, 4), "a");
    assertRefused("m-00001-of-00003.gguf", "expected the 3 tensors of all shards, found 4");
    write("m-00002-of-00003.gguf", Map.of(), "a");
    assertRefused("m-00001-of-00003.gguf", "split.no: the key is missing");
    Files.write(folder.resolve("m-00002-of-00003.gguf"), new byte[3]);
    assertRefused("m-00001-of-00003.gguf", "m-00002-of-00003.gguf: magic: expected 4 bytes");
  }

  @Test
  void theNameMustTellTheOthers() {
    write("renamed.gguf", split(0, 3, 4));
    assertRefused("renamed.gguf", "split.count: expected a file name that ends in");
    write("m-00001-of-00002.gguf", split(0, 3, 4));
    assertRefused("m-00001-of-00002.gguf", "beside a set of 3");
    write("m-00001-of-00001.gguf", split(0, 1, 1), "a");
    GgufFiles.open(folder.resolve("m-00001-of-00001.gguf")).close();
  }

  @Test
  void aFolderHasOneModelOrIsAmbiguous() throws IOException {
    assertThat(GgufFiles.find(folder)).isEmpty();
    three();
    write("other.gguf", Map.of(), "a");
    assertThatThrownBy(() -> GgufFiles.find(folder))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("[m-of-00003, other.gguf]");
    assertThat(GgufFiles.isGguf(folder.resolve("other.gguf"))).isTrue();
    Path renamed = Files.copy(folder.resolve("other.gguf"), folder.resolve("blob"));
    assertThat(GgufFiles.isGguf(renamed)).isTrue();
    Files.write(renamed, new byte[2]);
    assertThat(GgufFiles.isGguf(renamed)).isFalse();
    assertThat(GgufFiles.isGguf(folder)).isFalse();
  }

  @Test
  void whatIsWrittenIsRead() {
    Map<String, GgufValue> metadata = new LinkedHashMap<>();
    metadata.put("general.alignment", GgufValue.Whole.of(64));
    metadata.put("u8", new GgufValue.Whole(GgufValueType.UINT8, 255));
    metadata.put("i8", new GgufValue.Whole(GgufValueType.INT8, -128));
    metadata.put("u16", u16(65535));
    metadata.put("i16", new GgufValue.Whole(GgufValueType.INT16, -32768));
    metadata.put("u32", new GgufValue.Whole(GgufValueType.UINT32, 0xFFFFFFFFL));
    metadata.put("i32", new GgufValue.Whole(GgufValueType.INT32, Integer.MIN_VALUE));
    metadata.put("u64", new GgufValue.Whole(GgufValueType.UINT64, -1));
    metadata.put("i64", new GgufValue.Whole(GgufValueType.INT64, Long.MIN_VALUE));
    metadata.put("f32", GgufValue.Real.of(0.1f));
    metadata.put("f64", new GgufValue.Real(GgufValueType.FLOAT64, Math.PI));
    metadata.put("truth", new GgufValue.Truth(true));
    metadata.put("text", new GgufValue.Text("zwölf\nBoxkämpfer"));
    Path path = write("values.gguf", with(metadata), "a", "b");
    try (GgufFile file = GgufFile.open(path)) {
      assertThat(file.alignment()).isEqualTo(64);
      assertThat(file.tensor("b").offset()).isEqualTo(64);
      metadata.forEach(
          (key, value) -> assertThat(file.metadata().find(key)).as(key).contains(value));
      assertThat(file.metadata().getDouble("f32")).isEqualTo(0.1);
      assertThat(file.metadata().getArray("texts").strings()).containsExactly("", "é", "x");
      assertThat(file.metadata().getArray("ints").ints()).containsExactly(1, -2);
      assertThat(file.metadata().getArray("floats").floats()).containsExactly(1, -2.5f);
      assertThat(Json.compact(file.metadata().toJson()))
          .contains("\"u64\":\"18446744073709551615\"", "\"f32\":0.1", "\"ints\":[1,-2]")
          .contains("{\"array_of\":\"INT32\",\"size\":17}");
    }
  }

  private static Map<String, GgufValue> with(Map<String, GgufValue> scalars) {
    Map<String, GgufValue> metadata = new LinkedHashMap<>(scalars);
    metadata.put("texts", GgufArray.ofStrings(List.of("", "é", "x")));
    metadata.put("ints", GgufArray.ofInts(1, -2));
    metadata.put("floats", GgufArray.ofFloats(1, -2.5f));
    metadata.put("many", GgufArray.ofInts(new int[17]));
    return metadata;
  }

  @Test
  void metadataOfAnotherTypeIsNamed() {
    Map<String, GgufValue> metadata = new LinkedHashMap<>();
    metadata.put("text", new GgufValue.Text("t"));
    metadata.put("number", new GgufValue.Whole(GgufValueType.UINT64, 1L << 40));
    metadata.put("real", GgufValue.Real.of(1.5f));
    metadata.put("array", GgufArray.ofInts(1));
    metadata.put("big", GgufArray.ofStrings(List.of("x")));
    try (GgufFile file = GgufFile.open(write("typed.gguf", metadata))) {
      GgufMetadata found = file.metadata();
      assertThatThrownBy(() -> found.getInt("text"))
          .hasMessageEndingWith(
              "typed.gguf: text: expected an integer of 32 bits, found t of type STRING");
      assertThatThrownBy(() -> found.getInt("number")).hasMessageContaining("found 1099511627776");
      assertThatThrownBy(() -> found.getInt("real")).hasMessageContaining("1.5 of type FLOAT32");
      assertThatThrownBy(() -> found.getString("real")).hasMessageContaining("expected a text");
      assertThatThrownBy(() -> found.getBoolean("real")).hasMessageContaining("a truth value");
      assertThatThrownBy(() -> found.getDouble("array")).hasMessageContaining("1 elements of type");
      assertThatThrownBy(() -> found.getArray("real")).hasMessageContaining("expected an array");
      assertThatThrownBy(() -> found.getString("none")).hasMessageContaining("the key is missing");
      assertThatThrownBy(() -> found.getArray("array").strings())
          .hasMessageContaining("array: expected an array of texts, found one of INT32");
      assertThatThrownBy(() -> found.getArray("big").ints())
          .hasMessageContaining("big: expected an array of integers");
      assertThat(found.getInt("none", 3)).isEqualTo(3);
      assertThat(found.getDouble("number")).isEqualTo(0x1p40);
    }
  }

  @Test
  void theWriterKeepsToItsPlanAndLeavesNothingHalfWritten() {
    Path path = folder.resolve("w.gguf");
    List<GgufWriter.Spec> specs = List.of(new GgufWriter.Spec("a", GgufType.Q8_0, Shape.of(2, 32)));
    try (GgufWriter writer = GgufWriter.create(path, Map.of(), specs)) {
      assertThatThrownBy(() -> writer.add("a", MemorySegment.ofArray(new byte[67])))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(folder).isEmptyDirectory();
    try (GgufWriter writer = GgufWriter.create(path, Map.of(), specs)) {
      assertThatThrownBy(writer::commit).isInstanceOf(IllegalStateException.class);
    }
    assertThat(folder).isEmptyDirectory();
    assertThatThrownBy(() -> new GgufWriter.Spec("a", GgufType.Q4_K, Shape.of(255)))
        .hasMessageContaining("rows of a multiple of 256");
    assertThatThrownBy(() -> new GgufWriter.Spec("a", GgufType.Q4_2, Shape.of(32)))
        .hasMessageContaining("Q4_2 cannot be written");
    assertThatThrownBy(() -> u16(65536)).hasMessageContaining("65536 is not of type UINT16");
  }
}
