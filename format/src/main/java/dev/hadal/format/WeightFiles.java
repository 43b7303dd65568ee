package dev.hadal.format;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Shape;
import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The weights that a path names, over all their shards. A file is itself the weights; in a folder
 * it is {@code model.safetensors.index.json} with its shards if there is one, else {@code
 * model.safetensors}. Shards may be symbolic links (download caches are made of them), but a shard
 * name in an index is a plain file name and cannot lead out of the folder.
 */
public final class WeightFiles implements AutoCloseable {
  private static final String SINGLE = "model.safetensors";
  private static final String INDEX = "model.safetensors.index.json";

  private final Path source;
  private final Path folder;
  private final Map<String, SafetensorsFile> shardOfTensor;
  private final List<SafetensorsFile> shards;

  private WeightFiles(
      Path source,
      Path folder,
      Map<String, SafetensorsFile> shardOfTensor,
      List<SafetensorsFile> shards) {
    this.source = source;
    this.folder = folder;
    this.shardOfTensor = Collections.unmodifiableMap(shardOfTensor);
    this.shards = List.copyOf(shards);
  }

  /** Whether a folder has weights by the names that {@link #open} looks for. */
  public static boolean areIn(Path folder) {
    return Files.exists(folder.resolve(INDEX)) || Files.exists(folder.resolve(SINGLE));
  }

  /** Opens and checks all weight files of a folder, or one file. */
  public static WeightFiles open(Path path) {
    if (!Files.exists(path)) {
      throw new FormatException(path + ": there is no such file or folder");
    }
    if (!Files.isDirectory(path)) {
      return single(path, path.toAbsolutePath().resolveSibling(""));
    }
    if (Files.exists(path.resolve(INDEX))) {
      return indexed(path, path.resolve(INDEX));
    }
    if (Files.exists(path.resolve(SINGLE))) {
      return single(path.resolve(SINGLE), path);
    }
    throw new FormatException(
        path + ": expected " + INDEX + " or " + SINGLE + " in the folder, found neither");
  }

  private static WeightFiles single(Path file, Path folder) {
    SafetensorsFile shard = SafetensorsFile.open(file);
    Map<String, SafetensorsFile> owners = LinkedHashMap.newLinkedHashMap(shard.names().size());
    shard.names().forEach(name -> owners.put(name, shard));
    return new WeightFiles(file, folder, owners, List.of(shard));
  }

  private static WeightFiles indexed(Path folder, Path index) {
    JsonObject map = Json.readObject(index).getObject("weight_map");
    Map<String, SafetensorsFile> opened = new LinkedHashMap<>();
    try {
      Map<String, SafetensorsFile> owners = LinkedHashMap.newLinkedHashMap(map.names().size());
      for (Map.Entry<String, JsonValue> member : map.members().entrySet()) {
        String name = member.getKey();
        String shardName =
            member.getValue() instanceof JsonString(String text) ? text : map.getString(name);
        SafetensorsFile shard = opened.get(shardName);
        if (shard == null) {
          shard = openShard(folder, map, name, shardName);
          opened.put(shardName, shard);
        }
        if (!shard.contains(name)) {
          throw map.error(
              name, "expected the tensor in " + Quoting.quote(shardName) + ", it is missing there");
        }
        owners.put(name, shard);
      }
      return new WeightFiles(index, folder, owners, new ArrayList<>(opened.values()));
    } catch (RuntimeException | Error e) {
      opened.values().forEach(SafetensorsFile::close);
      throw e;
    }
  }

  private static SafetensorsFile openShard(
      Path folder, JsonObject map, String tensor, String shardName) {
    if (!isPlainFileName(shardName)) {
      throw map.error(
          tensor,
          "expected the name of a file in the same folder, found " + Quoting.quote(shardName));
    }
    try {
      Path shard = folder.resolve(shardName);
      if (Files.isRegularFile(shard)) {
        return SafetensorsFile.open(shard);
      }
    } catch (InvalidPathException e) {
      // Half a surrogate pair, say, which no file's name can hold.
    }
    throw map.error(tensor, "the shard " + Quoting.quote(shardName) + " is missing");
  }

  /** Whether a foreign name is one step down from its folder on every file system. */
  static boolean isPlainFileName(String name) {
    return !name.isEmpty()
        && name.length() <= 255
        && !name.equals(".")
        && !name.equals("..")
        && name.chars()
            .noneMatch(c -> c == '/' || c == '\\' || c == ':' || Character.isISOControl(c));
  }

  /** The file that says what there is: the index or the one weight file. */
  public Path source() {
    return source;
  }

  /** The folder that supplies {@code config.json} and the tokenizer. */
  public Path folder() {
    return folder;
  }

  /** The names of all tensors. */
  public Set<String> names() {
    return shardOfTensor.keySet();
  }

  /** Whether there is such a tensor. */
  public boolean contains(String name) {
    return shardOfTensor.containsKey(name);
  }

  /** Type, shape and place of a tensor within its shard. */
  public SafetensorsEntry entry(String name) {
    return shard(name).entry(name);
  }

  /** The file that holds a tensor. */
  public SafetensorsFile owner(String name) {
    return shard(name);
  }

  /** A read-only view of a tensor on the mapping of its shard. */
  public Tensor tensor(String name) {
    return shard(name).tensor(name);
  }

  /** The extents of a weight, whatever form it is stored in. */
  public Shape shape(String name) {
    return contains(name) ? tensor(name).shape() : integers(name).orElseThrow().shape();
  }

  private Optional<IntegerTensor> integers(String name) {
    Optional<IntegerTensor> integers = IntegerTensor.find(this, name);
    if (integers.isEmpty()) {
      shard(name);
    }
    return integers;
  }

  /**
   * A copy of a tensor's values in F32 or F64. FP8 codes and small integers are recognised by their
   * type or name and by the tensor of scales beside them, and dequantised; every other
   * floating-point type is converted.
   */
  public Tensor load(String name, DType target, Arena arena) {
    Optional<IntegerTensor> integers = integers(name);
    if (integers.isPresent()) {
      return integers.get().dequantize(target, arena);
    }
    Tensor stored = tensor(name);
    if (!TensorConversion.isFloatingPoint(stored.dtype())) {
      throw error(name, "expected a floating-point type, found " + stored.dtype());
    }
    if (stored.dtype() != DType.F8_E4M3 && stored.dtype() != DType.F8_E5M2) {
      return TensorConversion.convert(stored, target, arena);
    }
    Tensor scales = tensor(name + BlockScaling.SUFFIX);
    if (stored.shape().axes() != 2) {
      throw error(name, "expected a matrix of FP8 codes, found " + stored.shape());
    }
    Shape expected = BlockScaling.scaleShape(stored.shape());
    if (scales.dtype() != DType.F32 || !scales.shape().equals(expected)) {
      throw error(
          name + BlockScaling.SUFFIX,
          "expected F32 %s, found %s %s".formatted(expected, scales.dtype(), scales.shape()));
    }
    return BlockScaling.dequantize(stored, scales, target, arena);
  }

  private FormatException error(String name, String problem) {
    return new FormatException(
        "%s: %s: %s".formatted(shard(name).path(), Quoting.printable(name), problem));
  }

  /** The open shards. */
  public List<SafetensorsFile> shards() {
    return shards;
  }

  private SafetensorsFile shard(String name) {
    SafetensorsFile shard = shardOfTensor.get(name);
    if (shard == null) {
      throw new FormatException(source + ": tensor " + Quoting.quote(name) + " is missing");
    }
    return shard;
  }

  @Override
  public void close() {
    shards.forEach(SafetensorsFile::close);
  }
}
