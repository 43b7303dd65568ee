package dev.hadal.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hadal.format.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever the bytes are, the readers give a value or refuse with a sentence about the file. */
class CorpusFuzzTest {
  @TempDir Path folder;

  private static final List<String> LINES =
      List.of(
          "{\"text\": \"one\", \"path\": \"p\"}\n{\"text\": \"two\"}\n",
          "{\"text\": \"\\u00e9 \\ud83d\\ude00\", \"name\": \"n\", \"more\": [1, {\"a\": null}]}",
          "\n\r\n{\"text\": \"\"}\n",
          "{\"text\": \"same\", \"path\": \"p\"}\n{\"text\": \"same\", \"path\": \"p\"}");

  @Test
  void linesAreReadOrRefused() {
    List<byte[]> inputs = LINES.stream().map(s -> s.getBytes(StandardCharsets.UTF_8)).toList();
    DataFuzz.run("jsonl", inputs, CorpusFuzzTest::readLines);
  }

  private static void readLines(byte[] bytes) {
    try {
      JsonLinesCorpus corpus =
          JsonLinesCorpus.read(Path.of("fuzz"), new ByteArrayInputStream(bytes));
      long different =
          java.util.stream.IntStream.range(0, corpus.size())
              .mapToObj(corpus::name)
              .distinct()
              .count();
      assertThat(different).isEqualTo(corpus.size());
    } catch (TrainException refused) {
      assertThat(refused).hasMessageStartingWith("corpus: fuzz: line ");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void zipsAreReadOrRefused() throws IOException {
    Path file = folder.resolve("fuzz.zip");
    byte[] zip = Files.readAllBytes(DataFixtures.zip(file, DataFixtures.programs(4, 3, 1)));
    DataFuzz.run(
        "zip",
        List.of(zip),
        bytes -> {
          write(file, bytes);
          try (Corpus corpus = Corpus.open(file)) {
            for (int i = 0; i < corpus.size(); i++) {
              corpus.read(i);
            }
          } catch (TrainException refused) {
            assertThat(refused).hasMessageStartingWith("corpus: ").hasMessageContaining("fuzz.zip");
          }
        });
  }

  private static void write(Path file, byte[] bytes) {
    try {
      Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void manifestsAreReadOrRefused() {
    ShardManifest manifest =
        new ShardManifest(
            JsonObject.builder().put("seed", 1).put("fim_rate", 0.1).build(),
            300,
            2,
            0,
            1,
            new ShardManifest.Counts(3, 100, 0, 50),
            new ShardManifest.Entry(ShardManifest.INDEX, 48, "00"),
            List.of(new ShardManifest.Entry(ShardManifest.shardName(0), 88, "ff")));
    assertThat(ShardManifest.parse(Path.of("fuzz"), manifest.encode())).isEqualTo(manifest);
    DataFuzz.run(
        "shard manifest",
        List.of(manifest.encode()),
        bytes -> {
          try {
            assertThat(ShardManifest.parse(Path.of("fuzz"), bytes).encode()).isEqualTo(bytes);
          } catch (TrainException refused) {
            assertThat(refused).hasMessageStartingWith("fuzz");
          }
        });
  }

  @Test
  void indexesAreReadOrRefused() {
    ByteBuffer rows = ByteBuffer.allocate(4 * 16).order(ByteOrder.LITTLE_ENDIAN);
    rows.putInt(3).putInt(-1).putLong(0);
    rows.putInt(3).putInt(0).putLong(10);
    rows.putInt(3).putInt(2).putLong(20);
    rows.putInt(1).putInt(-1).putLong(30);
    long[] shards = {0, 20, 40};
    DataFuzz.run(
        "shard index",
        List.of(rows.array()),
        bytes -> {
          try {
            var read = TokenShards.ShardRows.read("fuzz", MemorySegment.ofArray(bytes), shards);
            for (int i = 0; i + 1 < read.starts().length; i++) {
              assertThat(read.starts()[i]).isLessThan(read.starts()[i + 1]).isBetween(0L, 40L);
            }
            for (int[] edition : read.editions()) {
              for (int record : edition) {
                assertThat(record).isBetween(0, read.documents().length - 1);
              }
            }
          } catch (TrainException refused) {
            assertThat(refused).hasMessageStartingWith("fuzz: ");
          }
        });
  }
}
