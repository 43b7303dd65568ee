package dev.hadal.model;

import dev.hadal.format.FormatException;
import dev.hadal.format.Hasher;
import dev.hadal.format.Hashes;
import dev.hadal.format.SafetensorsFile;
import dev.hadal.format.SafetensorsWriter;
import dev.hadal.kernels.LatentAttention;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Shape;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The latent cache of a prompt in a file, so that a later start need not compute it again. The file
 * is in the format of safetensors: {@code tokens} I32 [n] and {@code rows} [layers, n, C + R] in
 * the cache's type, with a key and a hash as metadata.
 *
 * <p>The key names all that the rows depend on beside the tokens: the weights' files with sizes and
 * times, the configuration, the arithmetic and its version, the attention form, the type of the
 * cache, and the rotary frequencies. Threads and kernels are not part of it: they change no bit.
 */
public final class PromptCacheFile {
  /** Counts up when a change to arithmetic changes bits. */
  private static final String ARITHMETIC = "1";

  private static final String FORMAT = "hadal prompt cache 1";
  private static final String HASH_FIELD = "sha256";
  private static final String TOKENS = "tokens";
  private static final String ROWS = "rows";

  private PromptCacheFile() {}

  /**
   * Tokens whose rows are known.
   *
   * @param tokens as many as the cache has positions
   * @param cache the caller's to close
   */
  public record Restored(int[] tokens, LatentCache cache) implements AutoCloseable {
    /** How many tokens at the beginning a prompt has in common with these. */
    public int common(int[] prompt) {
      int mismatch = Arrays.mismatch(tokens, prompt);
      return mismatch < 0 ? tokens.length : mismatch;
    }

    /** Goes back to the first {@code positions} tokens. */
    public Restored rewind(int positions) {
      cache.truncate(positions);
      return new Restored(Arrays.copyOf(tokens, positions), cache);
    }

    @Override
    public void close() {
      cache.close();
    }
  }

  /**
   * Writes a cache; the file appears whole or not at all.
   *
   * @param tokens those of the cache's positions; more at the end do not matter
   * @throws ModelException if the model was not read from files, whose state the key needs
   * @throws FormatException if the file cannot be written
   */
  public static void save(Path file, InferenceModel model, LatentCache cache, int[] tokens) {
    Map<String, String> metadata = key(model);
    int length = cache.length();
    if (length == 0 || length > tokens.length) {
      throw new IllegalArgumentException(
          "prompt cache: %d tokens for %d positions".formatted(tokens.length, length));
    }
    Shape shape = shape(model, length);
    try (Arena arena = Arena.ofShared()) {
      Tensor ids = Tensor.ofInts(arena, Arrays.copyOf(tokens, length), length);
      Tensor rows = Tensor.allocate(arena, model.cacheType(), shape.extents());
      for (int layer = 0; layer < rows.rows(); layer++) {
        Tensor target = layer(rows, layer);
        for (int page = 0; page < cache.pages().size(); page++) {
          int from = page * LatentAttention.BLOCK;
          int count = Math.min(LatentAttention.BLOCK, length - from);
          target
              .slice(from, from + count)
              .copyFrom(cache.pages().get(page).layer(layer).slice(0, count));
        }
      }
      metadata.put(HASH_FIELD, hash(ids, rows));
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      tensors.put(TOKENS, ids);
      tensors.put(ROWS, rows);
      SafetensorsWriter.write(file, tensors, metadata);
    }
  }

  /**
   * Reads a cache.
   *
   * @return to be closed before the model
   * @throws ModelException if the file belongs to another model or another arithmetic, naming what
   *     differs, or if it is damaged
   * @throws FormatException if it is not in the format of safetensors
   */
  public static Restored load(Path path, InferenceModel model) {
    return load(path, model, key(model));
  }

  /** The same with a key of the caller's. */
  static Restored load(Path path, InferenceModel model, Map<String, String> key) {
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      requireKey(path, file.metadata(), key);
      Tensor ids = tensor(file, TOKENS, DType.I32);
      long length = ids.elements();
      int most = model.config().maxPositionEmbeddings();
      if (ids.shape().axes() != 1 || length < 1 || length > most) {
        throw new ModelException(
            "%s: tokens: expected 1 to %d, found %s".formatted(path, most, ids.shape()));
      }
      Tensor rows = tensor(file, ROWS, model.cacheType());
      Shape expected = shape(model, (int) length);
      if (!rows.shape().equals(expected)) {
        throw new ModelException(
            "%s: rows: expected %s, found %s".formatted(path, expected, rows.shape()));
      }
      if (!hash(ids, rows).equals(file.metadata().get(HASH_FIELD))) {
        throw new ModelException(
            path
                + ": sha256: expected the hash of tokens and rows, found another; delete the file");
      }
      return new Restored(tokens(path, ids, model.config().vocabSize()), restore(model, rows));
    }
  }

  private static LatentCache restore(InferenceModel model, Tensor rows) {
    int length = Math.toIntExact(rows.extent(1));
    LatentCache cache = model.newCache(length);
    try {
      cache.reserve(length);
      for (int layer = 0; layer < rows.rows(); layer++) {
        cache.write(layer, 0, layer(rows, layer));
      }
      cache.advance(length);
      cache.advanceMtp(length);
      return cache;
    } catch (RuntimeException | Error e) {
      cache.close();
      throw e;
    }
  }

  private static int[] tokens(Path path, Tensor ids, int vocabulary) {
    int[] tokens = new int[Math.toIntExact(ids.elements())];
    for (int i = 0; i < tokens.length; i++) {
      int token = ids.getInt(i);
      if (token < 0 || token >= vocabulary) {
        throw new ModelException(
            "%s: tokens: expected ids below %d, found %d".formatted(path, vocabulary, token));
      }
      tokens[i] = token;
    }
    return tokens;
  }

  private static Tensor layer(Tensor rows, int layer) {
    return rows.slice(layer, layer + 1L).reshape(rows.extent(1), rows.extent(2));
  }

  private static Tensor tensor(SafetensorsFile file, String name, DType type) {
    if (!file.contains(name)) {
      throw new ModelException(
          "%s: %s: expected a tensor, found none".formatted(file.path(), name));
    }
    Tensor tensor = file.tensor(name);
    if (tensor.dtype() != type) {
      throw new ModelException(
          "%s: %s: expected %s, found %s".formatted(file.path(), name, type, tensor.dtype()));
    }
    return tensor;
  }

  private static Shape shape(InferenceModel model, int length) {
    ModelConfig config = model.config();
    return Shape.of(config.allLayers(), length, config.kvLoraRank() + config.qkRopeHeadDim());
  }

  private static String hash(Tensor ids, Tensor rows) {
    return new Hasher().update(ids.data()).update(rows.data()).hex();
  }

  private static void requireKey(Path path, Map<String, String> found, Map<String, String> own) {
    own.forEach(
        (field, value) -> {
          if (!value.equals(found.get(field))) {
            throw new ModelException(
                "%s: the prompt cache does not belong to this model as it is loaded: %s differs"
                    .formatted(path, field));
          }
        });
  }

  /** What the rows depend on, a field each; in the order in which they are compared. */
  static Map<String, String> key(InferenceModel model) {
    ModelConfig config = model.config();
    String weights =
        model
            .files()
            .orElseThrow(
                () ->
                    new ModelException(
                        "prompt cache: expected a model that was read from files, found one made"
                            + " in memory"));
    Map<String, String> key = new LinkedHashMap<>();
    key.put("format", FORMAT);
    key.put("mode", model.mode().label());
    key.put("attention", "absorbed");
    key.put("cache_type", model.cacheType().name());
    key.put("yarn", config.ropeTheta() + " " + config.ropeScaling());
    key.put("arithmetic", ARITHMETIC);
    key.put("config", hash(config.toString()));
    key.put("weights", hash(weights));
    return key;
  }

  private static String hash(String text) {
    return Hashes.sha256(text.getBytes(StandardCharsets.UTF_8));
  }
}
