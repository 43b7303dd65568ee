package dev.hadal.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hadal.format.FormatException;
import dev.hadal.format.Hashes;
import dev.hadal.format.Json;
import dev.hadal.format.JsonLimits;
import dev.hadal.format.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever the bytes are, the readers give a value or refuse with a sentence about the file. A
 * normal run replays the corpora among the test resources and tries random changes of valid files.
 */
class CorpusFuzzTest {
  /** Where the shards of the index begin, and where the last ends. */
  private static final long[] SHARDS = {0, 20, 40};

  private static final List<String> LINES =
      List.of(
          "{\"text\": \"one\", \"path\": \"p\"}\n{\"text\": \"two\"}\n",
          "{\"text\": \"\\u00e9 \\ud83d\\ude00\", \"name\": \"n\", \"more\": [1, {\"a\": null}]}",
          "\n\r\n{\"text\": \"\"}\n",
          "{\"text\": \"same\", \"path\": \"p\"}\n{\"text\": \"same\", \"path\": \"p\"}");

  @FuzzTest(maxDuration = "60s")
  void jsonLines(byte[] bytes) throws IOException {
    checkCorpus("fuzz.jsonl", bytes);
  }

  @FuzzTest(maxDuration = "60s")
  void zip(byte[] bytes) throws IOException {
    checkCorpus("fuzz.zip", bytes);
  }

  @FuzzTest(maxDuration = "60s")
  void shardManifest(byte[] bytes) {
    checkManifest(bytes);
    try {
      if (Json.parse("fuzz", bytes, JsonLimits.FILE) instanceof JsonObject body) {
        checkManifest(sealed(body));
      }
    } catch (FormatException refused) {
      // Not JSON: there is nothing to seal.
    }
  }

  @FuzzTest(maxDuration = "60s")
  void shardIndex(byte[] bytes) {
    checkIndex(bytes);
  }

  private static void checkCorpus(String name, byte[] bytes) throws IOException {
    Path file = Files.createTempDirectory("corpus").resolve(name);
    try {
      Files.write(file, bytes);
      checkCorpus(file);
    } finally {
      Files.deleteIfExists(file);
      Files.delete(file.resolveSibling(""));
    }
  }

  private static void checkCorpus(Path file) {
    try (Corpus corpus = Corpus.open(file)) {
      Set<String> names = new HashSet<>();
      for (int i = 0; i < corpus.size(); i++) {
        assertThat(names.add(corpus.name(i))).as(corpus.name(i)).isTrue();
        assertThat(corpus.bytes(i)).isBetween(1L, Corpus.LONGEST_DOCUMENT);
        try {
          Document document = corpus.read(i);
          assertThat(document.text()).isNotEmpty();
          assertThat(document.name()).isEqualTo(corpus.name(i));
        } catch (TrainException damaged) {
          requireSentence(damaged, file);
        }
      }
      assertThat(corpus.fingerprint()).hasSize(64);
    } catch (TrainException refused) {
      requireSentence(refused, file);
    }
  }

  private static void requireSentence(TrainException refused, Path file) {
    OneSentence.require(refused, "corpus: " + file + ": ");
  }

  private static void checkManifest(byte[] bytes) {
    try {
      ShardManifest manifest = ShardManifest.parse(Path.of("fuzz"), bytes);
      assertThat(manifest.encode()).isEqualTo(bytes);
      assertThat(manifest.bos()).isBetween(0, manifest.vocabulary() - 1);
      assertThat(manifest.eos()).isBetween(0, manifest.vocabulary() - 1);
      for (ShardManifest.Entry shard : manifest.shards()) {
        assertThat(ShardManifest.isShardName(shard.name())).isTrue();
        assertThat(shard.bytes()).isNotNegative();
      }
    } catch (TrainException refused) {
      OneSentence.require(refused, "fuzz: ");
    }
  }

  /** The manifest with its own hash made right, which chance would never do. */
  private static byte[] sealed(JsonObject body) {
    JsonObject.Builder members = JsonObject.builder();
    body.members()
        .forEach(
            (name, value) -> {
              if (!name.equals("manifest_sha256")) {
                members.put(name, value);
              }
            });
    byte[] compact = Json.compact(members.build()).getBytes(StandardCharsets.UTF_8);
    JsonObject sealed = members.put("manifest_sha256", Hashes.sha256(compact)).build();
    return Json.pretty(sealed).getBytes(StandardCharsets.UTF_8);
  }

  private static void checkIndex(byte[] bytes) {
    try {
      var read = TokenShards.ShardRows.read("fuzz", MemorySegment.ofArray(bytes), SHARDS);
      long[] starts = read.starts();
      for (int i = 0; i + 1 < starts.length; i++) {
        assertThat(starts[i]).isLessThan(starts[i + 1]).isBetween(0L, 40L);
      }
      for (long shard : SHARDS) {
        // No record reaches from one shard into the next.
        assertThat(Arrays.binarySearch(starts, shard)).isNotNegative();
      }
      for (int[] edition : read.editions()) {
        for (int record : edition) {
          assertThat(record).isBetween(0, read.documents().length - 1);
        }
      }
    } catch (TrainException refused) {
      OneSentence.require(refused, "fuzz: ");
    }
  }

  @Test
  void changedLinesAreReadOrRefused(@TempDir Path folder) {
    Path file = folder.resolve("fuzz.jsonl");
    List<byte[]> inputs = LINES.stream().map(s -> s.getBytes(StandardCharsets.UTF_8)).toList();
    DataFuzz.run("jsonl", inputs, bytes -> checkCorpus(write(file, bytes)));
  }

  @Test
  void changedZipsAreReadOrRefused(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("fuzz.zip");
    byte[] zip = Files.readAllBytes(DataFixtures.zip(file, DataFixtures.programs(4, 3, 1)));
    DataFuzz.run("zip", List.of(zip), bytes -> checkCorpus(write(file, bytes)));
  }

  private static Path write(Path file, byte[] bytes) {
    try {
      return Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void changedManifestsAreReadOrRefused() {
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
    assertThat(
            sealed(Json.parseObject("good", new String(manifest.encode(), StandardCharsets.UTF_8))))
        .isEqualTo(manifest.encode());
    DataFuzz.run("shard manifest", List.of(manifest.encode()), this::shardManifest);
  }

  @Test
  void changedIndexesAreReadOrRefused() {
    ByteBuffer rows = ByteBuffer.allocate(4 * 16).order(ByteOrder.LITTLE_ENDIAN);
    rows.putInt(3).putInt(-1).putLong(0);
    rows.putInt(3).putInt(0).putLong(10);
    rows.putInt(3).putInt(2).putLong(20);
    rows.putInt(1).putInt(-1).putLong(30);
    DataFuzz.run("shard index", List.of(rows.array()), CorpusFuzzTest::checkIndex);
  }
}
