package dev.hadal.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hadal.text.SpecialTokens;
import dev.hadal.text.Tokenizer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenShardsTest {
  private static final long ALL = Long.MAX_VALUE;

  @TempDir Path folder;
  private Corpus corpus;
  private HeldOut.Split split;
  private Tokenizer tokenizer;

  @BeforeEach
  void open() {
    corpus =
        Corpus.open(DataFixtures.zip(folder.resolve("c.zip"), DataFixtures.programs(40, 60, 3)));
    split = HeldOut.divide(corpus);
    tokenizer = DataFixtures.tokenizer(corpus, split);
  }

  @AfterEach
  void close() {
    corpus.close();
  }

  private static ShardOptions options(long maxTokens, double fimRate, int editions, int threads) {
    return new ShardOptions(5, maxTokens, fimRate, 64, editions, threads);
  }

  private TokenShards build(String name, ShardOptions options) {
    return TokenShards.openOrBuild(
        folder.resolve(name), corpus, split, tokenizer, options, EncodingProgress.NONE);
  }

  private static int[] ids(TokenShards shards, int record) {
    int[] ids = new int[shards.length(record)];
    shards.read(record, 0, ids.length, ids, 0);
    return ids;
  }

  @Test
  void plainRecordsAreTheTrainingDocuments() {
    try (TokenShards shards = build("s", options(ALL, 0, 1, 2))) {
      Set<Integer> seen = new HashSet<>();
      long tokens = 0;
      for (int record : shards.records(0)) {
        int document = shards.document(record);
        seen.add(document);
        assertThat(ids(shards, record))
            .isEqualTo(tokenizer.encodeOrdinary(corpus.read(document).text()));
        tokens += shards.length(record) + 2;
      }
      assertThat(seen).isEqualTo(new HashSet<>(Arrays.stream(split.training()).boxed().toList()));
      assertThat(shards.tokens()).isEqualTo(tokens);
      assertThat(shards.documents()).isEqualTo(split.training().length);
    }
  }

  @Test
  void fillInTheMiddleKeepsEveryCharacterAndFitsASequence() {
    SpecialTokens special = SpecialTokens.deepSeekV3();
    int begin = SpecialTokens.id(tokenizer, special.fimBegin());
    int hole = SpecialTokens.id(tokenizer, special.fimHole());
    int end = SpecialTokens.id(tokenizer, special.fimEnd());
    try (TokenShards shards = build("s", options(ALL, 1, 1, 1))) {
      StringBuilder text = new StringBuilder();
      int[] records = shards.records(0);
      assertThat(records.length).isGreaterThan(split.training().length);
      for (int i = 0; i < records.length; i++) {
        int[] ids = ids(shards, records[i]);
        List<Integer> list = Arrays.stream(ids).boxed().toList();
        int holeAt = list.indexOf(hole);
        int endAt = list.indexOf(end);
        assertThat(ids[0]).isEqualTo(begin);
        assertThat(ids.length).isLessThanOrEqualTo(64 - 2);
        String prefix = tokenizer.decode(Arrays.copyOfRange(ids, 1, holeAt));
        String suffix = tokenizer.decode(Arrays.copyOfRange(ids, holeAt + 1, endAt));
        String middle = tokenizer.decode(Arrays.copyOfRange(ids, endAt + 1, ids.length));
        // Each part is encoded as a prompt of its own would be.
        assertThat(Arrays.copyOfRange(ids, 1, holeAt)).isEqualTo(tokenizer.encodeOrdinary(prefix));
        assertThat(Arrays.copyOfRange(ids, holeAt + 1, endAt))
            .isEqualTo(tokenizer.encodeOrdinary(suffix));
        assertThat(Arrays.copyOfRange(ids, endAt + 1, ids.length))
            .isEqualTo(tokenizer.encodeOrdinary(middle));
        text.append(prefix).append(middle).append(suffix);
        int document = shards.document(records[i]);
        if (i + 1 == records.length || shards.document(records[i + 1]) != document) {
          assertThat(text.toString()).isEqualTo(corpus.read(document).text());
          text.setLength(0);
        }
      }
    }
  }

  @Test
  void editionsChooseOtherDocuments() {
    try (TokenShards shards = build("s", options(ALL, 0.5, 3, 2))) {
      assertThat(shards.editions()).isEqualTo(3);
      List<Set<Integer>> chosen = new ArrayList<>();
      for (int edition = 0; edition < 3; edition++) {
        Set<Integer> documents = new HashSet<>();
        Set<Integer> all = new HashSet<>();
        for (int record : shards.records(edition)) {
          all.add(shards.document(record));
          if (ids(shards, record)[0]
              == SpecialTokens.id(tokenizer, SpecialTokens.deepSeekV3().fimBegin())) {
            documents.add(shards.document(record));
          }
        }
        assertThat(all).hasSize(split.training().length);
        assertThat(documents.size()).isBetween(5, split.training().length - 5);
        chosen.add(documents);
      }
      assertThat(new HashSet<>(chosen)).hasSize(3);
    }
  }

  @Test
  void threadsChangeNoByte() throws IOException {
    try (TokenShards one = build("one", options(2000, 0.3, 2, 1));
        TokenShards four = build("four", options(2000, 0.3, 2, 4))) {
      assertThat(four.fingerprint()).isEqualTo(one.fingerprint());
      for (String name : List.of("shards.json", "records.index", "tokens-00000.ids")) {
        assertThat(folder.resolve("four").resolve(name))
            .hasSameBinaryContentAs(folder.resolve("one").resolve(name));
      }
      assertThat(one.tokens()).isGreaterThanOrEqualTo(2000);
      assertThat(one.documents()).isLessThan(split.training().length);
    }
  }

  @Test
  void equalSourcesAreUsedAgainAndOthersMadeAnew() throws IOException {
    List<EncodingProgress> told = new ArrayList<>();
    Path shards = folder.resolve("s");
    for (int i = 0; i < 2; i++) {
      TokenShards.openOrBuild(shards, corpus, split, tokenizer, options(ALL, 0, 1, 2), told::add)
          .close();
    }
    assertThat(told).hasSize(1);
    assertThat(told.getFirst().share()).isEqualTo(1);
    assertThat(told.getFirst().documents()).isEqualTo(split.training().length);
    TokenShards.openOrBuild(shards, corpus, split, tokenizer, options(1000, 0, 1, 2), told::add)
        .close();
    assertThat(told).hasSize(2);
    try (var files = Files.list(shards)) {
      assertThat(files).hasSize(3);
    }
  }

  private void corrupted(String name, UnaryOperator<byte[]> change, String message)
      throws IOException {
    Path shards = folder.resolve("corrupted");
    build("corrupted", options(ALL, 0.2, 1, 2)).close();
    Path file = shards.resolve(name);
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, change.apply(bytes.clone()));
    assertThatThrownBy(() -> TokenShards.open(shards))
        .isInstanceOf(TrainException.class)
        .hasMessageContaining(name)
        .hasMessageContaining(message);
    Files.write(file, bytes);
    TokenShards.open(shards).close();
  }

  private static UnaryOperator<byte[]> text(String from, String to) {
    return bytes ->
        new String(bytes, StandardCharsets.UTF_8)
            .replaceFirst(from, to)
            .getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void damagedFilesAreRefusedByNameAndField() throws IOException {
    corrupted("tokens-00000.ids", b -> Arrays.copyOf(b, b.length - 1), "bytes: expected");
    corrupted("tokens-00000.ids", b -> flip(b, 17), "sha256: expected");
    corrupted("records.index", b -> Arrays.copyOf(b, b.length + 16), "bytes: expected");
    corrupted("records.index", b -> flip(b, 24), "sha256: expected");
    corrupted("shards.json", b -> Arrays.copyOf(b, b.length / 2), "not valid JSON");
    corrupted("shards.json", b -> new byte[0], "expected a JSON value");
    corrupted("shards.json", text("hadal-token-shards", "other-shards"), "format: expected");
    corrupted("shards.json", text("\"version\": 1", "\"version\": 2"), "version: expected 1");
    corrupted("shards.json", text("\"id_bytes\": 2", "\"id_bytes\": 3"), "id_bytes: expected");
    corrupted("shards.json", text("\"bos\": 0", "\"bos\": 400"), "bos: expected an id");
    corrupted("shards.json", text("\"eos\": 1", "\"eos\": 2"), "manifest_sha256: expected");
    corrupted("shards.json", text("tokens-00000.ids", "../tokens-00000.ids"), "name: expected");
    corrupted("shards.json", text("  \"bos\"", "    \"bos\""), "expected the bytes");
  }

  private static byte[] flip(byte[] bytes, int at) {
    bytes[at] ^= 1;
    return bytes;
  }

  @Test
  void missingFilesAreNamed() throws IOException {
    for (String name : List.of("shards.json", "records.index", "tokens-00000.ids")) {
      build("missing", options(ALL, 0, 1, 2)).close();
      Files.delete(folder.resolve("missing").resolve(name));
      assertThatThrownBy(() -> TokenShards.open(folder.resolve("missing")))
          .isInstanceOf(TrainException.class)
          .hasMessageContaining(name);
      Files.deleteIfExists(folder.resolve("missing/shards.json"));
    }
  }

  /** A set of files that agree with their hashes may still hold what would hurt the model. */
  @Test
  void foreignIdsAndRowsAreRefused() throws IOException {
    Path foreign = Files.createDirectories(folder.resolve("foreign"));
    write(foreign, 2, new int[] {1, 2, 99}, 0, DocumentEncoder.PLAIN);
    assertThatThrownBy(() -> TokenShards.open(foreign))
        .hasMessageContaining("tokens-00000.ids: id 2: expected 0 to 9, found 99");
    write(foreign, 4, new int[] {1, -2}, 0, DocumentEncoder.PLAIN);
    assertThatThrownBy(() -> TokenShards.open(foreign)).hasMessageContaining("id 1: expected 0");
    write(foreign, 2, new int[] {1, 2}, -1, DocumentEncoder.PLAIN);
    assertThatThrownBy(() -> TokenShards.open(foreign))
        .hasMessageContaining("records.index: row 0: document");
    write(foreign, 2, new int[] {1, 2}, 0, 5);
    assertThatThrownBy(() -> TokenShards.open(foreign))
        .hasMessageContaining("records.index: row 0: document");
    write(foreign, 2, new int[] {1, 2}, 0, DocumentEncoder.PLAIN);
    TokenShards.open(foreign).close();
  }

  private static void write(Path folder, int idBytes, int[] ids, int document, int edition)
      throws IOException {
    try (ShardWriter writer = new ShardWriter(folder, idBytes, 1 << 20)) {
      writer.write(document, edition, ids);
      List<ShardManifest.Entry> shards = writer.finish();
      ShardManifest manifest =
          new ShardManifest(
              dev.hadal.format.JsonObject.builder().build(),
              10,
              idBytes,
              0,
              1,
              new ShardManifest.Counts(1, 1, 0, ids.length + 2),
              writer.indexEntry(),
              shards);
      Files.write(folder.resolve("shards.json"), manifest.encode());
    }
  }

  /**
   * A record that began in one shard and ended in the next would be read behind the first's end.
   */
  @Test
  void aRecordAcrossShardsIsRefused() {
    ByteBuffer rows = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
    rows.putInt(0).putInt(DocumentEncoder.PLAIN).putLong(0);
    long[] shards = {0, 20, 40};
    assertThatThrownBy(
            () ->
                TokenShards.ShardRows.read(
                    "records.index", MemorySegment.ofArray(rows.array()), shards))
        .isInstanceOf(TrainException.class)
        .hasMessage("records.index: row 0: start: expected a record inside one shard, found 0");
  }

  @Test
  void recordsStayInsideOneShard() {
    Path many = folder.resolve("many");
    try {
      Files.createDirectories(many);
      List<ShardManifest.Entry> shards;
      ShardManifest.Entry index;
      try (ShardWriter writer = new ShardWriter(many, 4, 40)) {
        for (int i = 0; i < 30; i++) {
          int[] ids = new int[1 + i % 7];
          Arrays.fill(ids, i);
          writer.write(i, DocumentEncoder.PLAIN, ids);
        }
        shards = writer.finish();
        index = writer.indexEntry();
      }
      ShardManifest manifest =
          new ShardManifest(
              dev.hadal.format.JsonObject.builder().build(),
              70_000,
              4,
              0,
              1,
              new ShardManifest.Counts(30, 1, 0, 1),
              index,
              shards);
      Files.write(many.resolve("shards.json"), manifest.encode());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    try (TokenShards read = TokenShards.open(many)) {
      for (int record : read.records(0)) {
        int[] expected = new int[1 + record % 7];
        Arrays.fill(expected, record);
        assertThat(ids(read, record)).isEqualTo(expected);
      }
    }
  }
}
