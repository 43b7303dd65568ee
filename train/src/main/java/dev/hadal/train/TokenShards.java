package dev.hadal.train;

import dev.hadal.format.FormatException;
import dev.hadal.format.Hasher;
import dev.hadal.format.Hashes;
import dev.hadal.format.JsonObject;
import dev.hadal.text.Tokenizer;
import dev.hadal.text.TokenizerJson;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Encoded training documents in files: {@code tokens-NNNNN.ids} hold token ids of two or four
 * bytes, {@code records.index} says where each record begins, {@code shards.json}, written last,
 * says what the others are. All numbers are little-endian.
 *
 * <p>A record is a text without BOS and EOS: a whole document, or part of one in fill-in-the-middle
 * form for one edition. Edition e consists of the records of e and of the plain documents that have
 * none of e. An index row is the document's number in the corpus (int32), the edition (int32, -1
 * for plain) and the place of the record's first id (int64).
 *
 * <p>Safe for any number of threads until it is closed.
 */
public final class TokenShards implements AutoCloseable {
  /** BOS and EOS. */
  static final int ENDS = 2;

  private static final int ROW = 16;
  private static final int VERSION = 1;
  private static final ValueLayout.OfShort ID_16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt ID_32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong PLACE =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Path folder;
  private final ShardManifest manifest;
  private final Arena arena;
  private final MemorySegment[] shards;
  private final long[] shardStarts;
  private final long[] starts;
  private final int[][] editions;
  private final int[] documents;

  private TokenShards(
      Path folder,
      ShardManifest manifest,
      Arena arena,
      MemorySegment[] shards,
      long[] shardStarts,
      ShardRows rows) {
    this.folder = folder;
    this.manifest = manifest;
    this.arena = arena;
    this.shards = shards;
    this.shardStarts = shardStarts;
    this.starts = rows.starts();
    this.documents = rows.documents();
    this.editions = rows.editions();
  }

  /**
   * Opens the shards in a folder if they were made of the same things, or makes them.
   *
   * @param folder holds nothing else; made if it is not there
   * @param progress is told now and then while documents are encoded
   * @throws TrainException if shards are there that are damaged, or files cannot be written
   */
  public static TokenShards openOrBuild(
      Path folder,
      Corpus corpus,
      HeldOut.Split split,
      Tokenizer tokenizer,
      ShardOptions options,
      Consumer<EncodingProgress> progress) {
    JsonObject source = source(corpus, split, tokenizer, options);
    if (Files.exists(folder.resolve(ShardManifest.FILE))) {
      if (readManifest(folder).source().equals(source)) {
        return open(folder);
      }
    }
    new ShardBuilder(folder, corpus, split.training(), tokenizer, options, progress).build(source);
    return open(folder);
  }

  /** Everything that decides the tokens. */
  private static JsonObject source(
      Corpus corpus, HeldOut.Split split, Tokenizer tokenizer, ShardOptions options) {
    return JsonObject.builder()
        .put("encoder_version", VERSION)
        .put("corpus_sha256", corpus.fingerprint())
        .put("held_out_modulus", split.rule().modulus())
        .put("held_out_residue", split.rule().residue())
        .put("tokenizer_sha256", Hashes.sha256(TokenizerJson.bytes(tokenizer)))
        .put("seed", options.seed())
        .put("max_tokens", options.maxTokens())
        .put("fim_rate", options.fimRate())
        .put("length", options.fimRate() > 0 ? options.length() : 0)
        .put("editions", options.editions())
        .build();
  }

  private static ShardManifest readManifest(Path folder) {
    Path file = folder.resolve(ShardManifest.FILE);
    try {
      if (!Files.isRegularFile(file)) {
        throw new TrainException(
            file + ": there is no such file; the shards are incomplete and must be made again");
      }
      if (Files.size(file) > 1 << 24) {
        throw new TrainException(file + ": expected at most 16 MiB, found more");
      }
      return ShardManifest.parse(file, Files.readAllBytes(file));
    } catch (IOException e) {
      throw reading(file, e);
    }
  }

  private static TrainException reading(Path file, IOException e) {
    String why = e.getMessage();
    return new TrainException(
        "%s: cannot be read: %s".formatted(file, why == null ? e.getClass().getSimpleName() : why),
        e);
  }

  /**
   * Opens the shards in a folder after comparing every file with its hash.
   *
   * @throws TrainException naming the file and the field if one is missing, damaged or foreign
   */
  public static TokenShards open(Path folder) {
    ShardManifest manifest = readManifest(folder);
    Arena arena = Arena.ofShared();
    try {
      int count = manifest.shards().size();
      MemorySegment[] shards = new MemorySegment[count];
      long[] shardStarts = new long[count + 1];
      for (int i = 0; i < count; i++) {
        shards[i] = map(folder, manifest.shards().get(i), arena);
        long bytes = shards[i].byteSize();
        Path file = folder.resolve(manifest.shards().get(i).name());
        if (bytes == 0 || bytes % manifest.idBytes() != 0) {
          throw new TrainException(
              "%s: bytes: expected a multiple of %d, found %d"
                  .formatted(file, manifest.idBytes(), bytes));
        }
        requireIds(file, shards[i], manifest);
        shardStarts[i + 1] = shardStarts[i] + bytes / manifest.idBytes();
      }
      Path index = folder.resolve(ShardManifest.INDEX);
      MemorySegment rows = map(folder, manifest.index(), arena);
      ShardRows read = ShardRows.read(index.toString(), rows, shardStarts);
      return new TokenShards(folder, manifest, arena, shards, shardStarts, read);
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  private static MemorySegment map(Path folder, ShardManifest.Entry entry, Arena arena) {
    Path file = folder.resolve(entry.name());
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      if (channel.size() != entry.bytes()) {
        throw new TrainException(
            "%s: bytes: expected %d, found %d; delete the folder to have it made again"
                .formatted(file, entry.bytes(), channel.size()));
      }
      MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, entry.bytes(), arena);
      String sha256 = Hashes.sha256(bytes);
      if (!sha256.equals(entry.sha256())) {
        throw new TrainException(
            "%s: sha256: expected %s, found %s; delete the folder to have it made again"
                .formatted(file, entry.sha256(), sha256));
      }
      return bytes;
    } catch (IOException e) {
      throw reading(file, e);
    } catch (FormatException e) {
      throw new TrainException(String.valueOf(e.getMessage()), e);
    }
  }

  /** An id outside the vocabulary would read outside the embedding table. */
  private static void requireIds(Path file, MemorySegment shard, ShardManifest manifest) {
    long count = shard.byteSize() / manifest.idBytes();
    for (long i = 0; i < count; i++) {
      int id = id(shard, i, manifest.idBytes());
      if (id < 0 || id >= manifest.vocabulary()) {
        throw new TrainException(
            "%s: id %d: expected 0 to %d, found %d"
                .formatted(file, i, manifest.vocabulary() - 1, id));
      }
    }
  }

  private static int id(MemorySegment shard, long index, int idBytes) {
    return idBytes == 2
        ? Short.toUnsignedInt(shard.get(ID_16, index * 2))
        : shard.get(ID_32, index * 4);
  }

  /** The rows of an index, checked. */
  record ShardRows(long[] starts, int[] documents, int[][] editions) {
    /**
     * Reads the rows.
     *
     * @param file stands for the file in messages
     * @param shardStarts the place of the first id of each shard, and of the end
     */
    static ShardRows read(String file, MemorySegment rows, long[] shardStarts) {
      if (rows.byteSize() == 0 || rows.byteSize() % ROW != 0) {
        throw new TrainException(
            "%s: bytes: expected a multiple of %d, found %d".formatted(file, ROW, rows.byteSize()));
      }
      long end = shardStarts[shardStarts.length - 1];
      int count = (int) Math.min(Integer.MAX_VALUE - 8, rows.byteSize() / ROW);
      long[] starts = new long[count + 1];
      int[] documents = new int[count];
      int[] editionOf = new int[count];
      starts[count] = end;
      int shard = 1;
      int editions = 1;
      for (int i = 0; i < count; i++) {
        documents[i] = rows.get(ID_32, (long) ROW * i);
        editionOf[i] = rows.get(ID_32, (long) ROW * i + 4);
        starts[i] = rows.get(PLACE, (long) ROW * i + 8);
        if (i == 0 ? starts[0] != 0 : starts[i] <= starts[i - 1]) {
          throw bad(file, i, "start", "ascending places from 0 on", starts[i]);
        }
        if (starts[i] >= end || starts[i] - (i == 0 ? 0 : starts[i - 1]) > Integer.MAX_VALUE - 8) {
          throw bad(file, i, "start", "a place below " + end, starts[i]);
        }
        if (shardStarts[shard] < starts[i]) {
          throw bad(file, i, "start", "a record inside one shard", starts[i]);
        }
        if (shardStarts[shard] == starts[i]) {
          shard++;
        }
        boolean plain = editionOf[i] == DocumentEncoder.PLAIN;
        boolean follows = i > 0 && documents[i] == documents[i - 1];
        if (documents[i] < 0 || plain == follows) {
          throw bad(file, i, "document", "one plain record and then its others", documents[i]);
        }
        if (editionOf[i] < DocumentEncoder.PLAIN
            || editionOf[i] >= 64
            || (follows && editionOf[i] < editionOf[i - 1])) {
          throw bad(file, i, "edition", "ascending editions from -1 to 63", editionOf[i]);
        }
        editions = Math.max(editions, editionOf[i] + 1);
      }
      if (shard != shardStarts.length - 1 || end - starts[count - 1] > Integer.MAX_VALUE - 8) {
        throw bad(file, count - 1, "start", "a record inside one shard", starts[count - 1]);
      }
      return new ShardRows(starts, documents, lists(editionOf, editions));
    }

    private static TrainException bad(
        String file, int row, String field, String expected, long found) {
      return new TrainException(
          "%s: row %d: %s: expected %s, found %d".formatted(file, row, field, expected, found));
    }

    /** The records of each edition. */
    private static int[][] lists(int[] editionOf, int editions) {
      List<List<Integer>> lists = new ArrayList<>();
      for (int edition = 0; edition < editions; edition++) {
        lists.add(new ArrayList<>());
      }
      for (int i = 0; i < editionOf.length; ) {
        int plain = i++;
        boolean[] chosen = new boolean[editions];
        for (; i < editionOf.length && editionOf[i] != DocumentEncoder.PLAIN; i++) {
          chosen[editionOf[i]] = true;
          lists.get(editionOf[i]).add(i);
        }
        for (int edition = 0; edition < editions; edition++) {
          if (!chosen[edition]) {
            lists.get(edition).add(plain);
          }
        }
      }
      return lists.stream()
          .map(list -> list.stream().mapToInt(Integer::intValue).toArray())
          .toArray(int[][]::new);
    }
  }

  /** How many editions differ. */
  public int editions() {
    return editions.length;
  }

  /** The numbers of an edition's records. */
  int[] records(int edition) {
    return editions[edition];
  }

  /** How many ids a record has. */
  int length(int record) {
    return (int) (starts[record + 1] - starts[record]);
  }

  /** The number of a record's document in the corpus. */
  int document(int record) {
    return documents[record];
  }

  /** Copies ids {@code from} to {@code from + count - 1} of a record. */
  void read(int record, int from, int count, int[] ids, int at) {
    long start = starts[record];
    int shard = 0;
    while (shardStarts[shard + 1] <= start) {
      shard++;
    }
    long place = start - shardStarts[shard] + from;
    for (int i = 0; i < count; i++) {
      ids[at + i] = id(shards[shard], place + i, manifest.idBytes());
    }
  }

  /** The token that begins a document. */
  public int bos() {
    return manifest.bos();
  }

  /** The token that ends one. */
  public int eos() {
    return manifest.eos();
  }

  /** Ids are below this. */
  public int vocabulary() {
    return manifest.vocabulary();
  }

  /** How many documents were encoded. */
  public long documents() {
    return manifest.counts().documents();
  }

  /** Tokens of the plain documents, BOS and EOS included. */
  public long tokens() {
    return manifest.counts().tokens();
  }

  /** Bytes of text that were encoded. */
  public long textBytes() {
    return manifest.counts().bytes();
  }

  /** U+FFFD in place of bytes that were not UTF-8. */
  public long replaced() {
    return manifest.counts().replaced();
  }

  /** Where the files are. */
  public Path folder() {
    return folder;
  }

  /** SHA-256 of the ids and records, wherever and whenever they were made. */
  public String fingerprint() {
    Hasher hasher =
        new Hasher().update("token shards 1").update(bos()).update(eos()).update(vocabulary());
    hasher.update(manifest.index().sha256());
    manifest.shards().forEach(shard -> hasher.update(shard.sha256()));
    return hasher.hex();
  }

  @Override
  public void close() {
    arena.close();
  }
}
