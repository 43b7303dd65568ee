package dev.hadal.format;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The last file of a checkpoint: what the others are. It holds its own hash too and must stand in
 * the file exactly as this class spells it, so that no flipped bit goes unseen.
 *
 * @param step the training step
 * @param files the other files by name
 * @param fields what the writer of the checkpoint wants to know again
 */
record CheckpointManifest(long step, Map<String, Entry> files, JsonObject fields) {
  static final String FILE = "manifest.json";

  private static final String FORMAT = "hadal-checkpoint";
  private static final int VERSION = 1;
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

  /**
   * One file.
   *
   * @param bytes its size
   * @param sha256 its hash in hexadecimal digits
   */
  record Entry(long bytes, String sha256) {}

  byte[] encode() {
    JsonObject body = body();
    JsonObject sealed =
        JsonObject.builder().putAll(body).put("manifest_sha256", hash(body)).build();
    return Json.pretty(sealed).getBytes(StandardCharsets.UTF_8);
  }

  private JsonObject body() {
    List<JsonObject> entries = new ArrayList<>();
    files.forEach(
        (name, entry) ->
            entries.add(
                JsonObject.builder()
                    .put("name", name)
                    .put("bytes", entry.bytes())
                    .put("sha256", entry.sha256())
                    .build()));
    return JsonObject.builder()
        .put("format", FORMAT)
        .put("version", VERSION)
        .put("step", step)
        .put("files", JsonArray.of(entries))
        .put("fields", fields)
        .build();
  }

  private static String hash(JsonObject body) {
    return Hashes.sha256(Json.compact(body).getBytes(StandardCharsets.UTF_8));
  }

  /** Reads and checks the manifest of a checkpoint's folder. */
  static CheckpointManifest read(Path folder, long step) {
    Path file = folder.resolve(FILE);
    return parse(file, Json.readBytes(file, JsonLimits.FILE.bytes()), step);
  }

  /** Reads and checks the bytes of a manifest. */
  static CheckpointManifest parse(Path file, byte[] bytes, long step) {
    JsonObject root = Json.requireObject(Json.parse(file.toString(), bytes, JsonLimits.FILE), file);
    if (!root.getString("format").equals(FORMAT)) {
      throw root.error(
          "format",
          "expected %s, found %s"
              .formatted(Quoting.quote(FORMAT), Quoting.quote(root.getString("format"))));
    }
    long version = root.getLong("version");
    if (version != VERSION) {
      throw root.error(
          "version",
          "expected %d, found %d; it was written by another version of Hadal"
              .formatted(VERSION, version));
    }
    if (root.getLong("step") != step) {
      throw root.error("step", "expected %d, found %d".formatted(step, root.getLong("step")));
    }
    CheckpointManifest manifest =
        new CheckpointManifest(step, readFiles(root), root.getObject("fields"));
    String expected = hash(manifest.body());
    if (!root.getString("manifest_sha256").equals(expected)) {
      throw root.error(
          "manifest_sha256",
          "expected %s, found %s"
              .formatted(expected, Quoting.quote(root.getString("manifest_sha256"))));
    }
    if (!java.util.Arrays.equals(manifest.encode(), bytes)) {
      throw new FormatException(file + ": expected the bytes that were written, found others");
    }
    return manifest;
  }

  private static Map<String, Entry> readFiles(JsonObject root) {
    JsonArray entries = root.getArray("files");
    Map<String, Entry> files = new LinkedHashMap<>();
    for (int i = 0; i < entries.size(); i++) {
      JsonObject entry = entries.getObject(i);
      String name = entry.getString("name");
      if (!CheckpointStore.isFileName(name)) {
        throw entry.error("name", "expected a plain file name, found " + Quoting.quote(name));
      }
      long bytes = entry.getLong("bytes");
      if (bytes < 0) {
        throw entry.error("bytes", "expected 0 or more, found " + bytes);
      }
      String sha256 = entry.getString("sha256");
      if (!SHA256.matcher(sha256).matches()) {
        throw entry.error(
            "sha256", "expected 64 hexadecimal digits, found " + Quoting.quote(sha256));
      }
      if (files.put(name, new Entry(bytes, sha256)) != null) {
        throw entry.error("name", Quoting.quote(name) + " occurs twice");
      }
    }
    return files;
  }

  /** Compares every file's size and hash with the manifest. */
  void verify(Path folder) {
    files.forEach(
        (name, entry) -> {
          Path file = folder.resolve(name);
          if (!Files.isRegularFile(file)) {
            throw new FormatException(file + ": the file is missing");
          }
          long bytes = file.toFile().length();
          if (bytes != entry.bytes()) {
            throw new FormatException(
                "%s: bytes: expected %d, found %d".formatted(file, entry.bytes(), bytes));
          }
          String sha256 = Hashes.sha256(file);
          if (!sha256.equals(entry.sha256())) {
            throw new FormatException(
                "%s: sha256: expected %s, found %s".formatted(file, entry.sha256(), sha256));
          }
        });
  }
}
