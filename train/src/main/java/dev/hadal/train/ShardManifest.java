package dev.hadal.train;

import dev.hadal.format.FormatException;
import dev.hadal.format.Hashes;
import dev.hadal.format.Json;
import dev.hadal.format.JsonArray;
import dev.hadal.format.JsonLimits;
import dev.hadal.format.JsonObject;
import dev.hadal.format.JsonValue;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The last file of a set of token shards: what the others are and what they were made of. Like a
 * checkpoint's manifest it holds its own hash and must stand in the file exactly as it is spelled
 * here.
 *
 * @param source what decides the tokens: equal sources give equal shards
 * @param vocabulary ids are below it
 * @param idBytes bytes of an id, 2 or 4
 * @param bos id that begins a document
 * @param eos id that ends one
 * @param counts what was encoded
 * @param index the file of records
 * @param shards the files of ids, in order
 */
record ShardManifest(
    JsonObject source,
    int vocabulary,
    int idBytes,
    int bos,
    int eos,
    Counts counts,
    Entry index,
    List<Entry> shards) {
  static final String FILE = "shards.json";
  static final String INDEX = "records.index";

  private static final String FORMAT = "hadal-token-shards";
  private static final int VERSION = 1;
  private static final Pattern SHARD = Pattern.compile("tokens-[0-9]{5}\\.ids");

  /**
   * Sums over the encoded documents.
   *
   * @param documents how many
   * @param bytes of their text
   * @param replaced U+FFFD in place of bytes that are not UTF-8
   * @param tokens of the plain documents with BOS and EOS
   */
  record Counts(long documents, long bytes, long replaced, long tokens) {}

  /** A file. */
  record Entry(String name, long bytes, String sha256) {}

  static String shardName(int number) {
    return String.format(Locale.ROOT, "tokens-%05d.ids", number);
  }

  static boolean isShardName(String name) {
    return SHARD.matcher(name).matches();
  }

  byte[] encode() {
    JsonObject body = body();
    JsonObject sealed =
        JsonObject.builder().putAll(body).put("manifest_sha256", hash(body)).build();
    return Json.pretty(sealed).getBytes(StandardCharsets.UTF_8);
  }

  private JsonObject body() {
    return JsonObject.builder()
        .put("format", FORMAT)
        .put("version", VERSION)
        .put("source", source)
        .put("vocabulary", vocabulary)
        .put("id_bytes", idBytes)
        .put("bos", bos)
        .put("eos", eos)
        .put("documents", counts.documents())
        .put("text_bytes", counts.bytes())
        .put("replaced", counts.replaced())
        .put("tokens", counts.tokens())
        .put("index", json(index))
        .put("shards", JsonArray.of(shards.stream().map(ShardManifest::json).toList()))
        .build();
  }

  private static JsonObject json(Entry entry) {
    return JsonObject.builder()
        .put("name", entry.name())
        .put("bytes", entry.bytes())
        .put("sha256", entry.sha256())
        .build();
  }

  private static String hash(JsonObject body) {
    return Hashes.sha256(Json.compact(body).getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Reads a manifest.
   *
   * @throws TrainException naming the file and the field that is not as expected
   */
  static ShardManifest parse(Path file, byte[] bytes) {
    try {
      JsonValue value = Json.parse(file.toString(), bytes, JsonLimits.FILE);
      if (value instanceof JsonObject root) {
        return parse(file, bytes, root);
      }
      throw new TrainException(file + ": expected a JSON object");
    } catch (FormatException e) {
      throw new TrainException(String.valueOf(e.getMessage()), e);
    }
  }

  private static ShardManifest parse(Path file, byte[] bytes, JsonObject root) {
    require(root, "format", root.getString("format").equals(FORMAT), FORMAT);
    require(root, "version", root.getLong("version") == VERSION, String.valueOf(VERSION));
    int idBytes = root.getInt("id_bytes");
    require(root, "id_bytes", idBytes == 2 || idBytes == 4, "2 or 4");
    int vocabulary = root.getInt("vocabulary");
    boolean fits = vocabulary >= 1 && (idBytes == 4 || vocabulary <= 1 << 16);
    require(root, "vocabulary", fits, "1 or more, and at most 65536 with ids of 2 bytes");
    int bos = root.getInt("bos");
    require(root, "bos", bos >= 0 && bos < vocabulary, "an id below " + vocabulary);
    int eos = root.getInt("eos");
    require(root, "eos", eos >= 0 && eos < vocabulary, "an id below " + vocabulary);
    Counts counts =
        new Counts(
            root.getLong("documents"),
            root.getLong("text_bytes"),
            root.getLong("replaced"),
            root.getLong("tokens"));
    for (String field : List.of("documents", "text_bytes", "replaced", "tokens")) {
      require(root, field, root.getLong(field) >= 0, "0 or more");
    }
    JsonArray array = root.getArray("shards");
    List<Entry> shards = new ArrayList<>();
    for (int i = 0; i < array.size(); i++) {
      shards.add(entry(array.getObject(i), shardName(i)));
    }
    ShardManifest manifest =
        new ShardManifest(
            root.getObject("source"),
            vocabulary,
            idBytes,
            bos,
            eos,
            counts,
            entry(root.getObject("index"), INDEX),
            List.copyOf(shards));
    String expected = hash(manifest.body());
    require(
        root,
        "manifest_sha256",
        root.getString("manifest_sha256").equals(expected),
        expected + ", as the other fields hash to");
    if (!Arrays.equals(manifest.encode(), bytes)) {
      throw new TrainException(file + ": expected the bytes that were written, found others");
    }
    return manifest;
  }

  private static Entry entry(JsonObject json, String name) {
    require(json, "name", json.getString("name").equals(name), name);
    require(json, "bytes", json.getLong("bytes") >= 0, "0 or more");
    return new Entry(name, json.getLong("bytes"), json.getString("sha256"));
  }

  private static void require(JsonObject json, String field, boolean holds, String expected) {
    if (!holds) {
      throw json.error(field, "expected %s, found another value".formatted(expected));
    }
  }
}
