package dev.hadal.format;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A GGUF model: one file, or the shards of a set. Shards are named {@code
 * NAME-00001-of-00003.gguf}, and each says in its metadata which it is ({@code split.no}, from 0)
 * and of how many ({@code split.count}); the first has the metadata of the model (llama.cpp,
 * tools/gguf-split). Any shard's path stands for the set.
 */
public final class GgufFiles implements AutoCloseable {
  private static final String SUFFIX = ".gguf";
  private static final String NUMBER = "split.no";
  private static final String COUNT = "split.count";
  private static final String TENSORS = "split.tensors.count";
  private static final Pattern SHARD = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf");

  private final List<GgufFile> shards;
  private final Map<String, GgufFile> owners;

  private GgufFiles(List<GgufFile> shards, Map<String, GgufFile> owners) {
    this.shards = List.copyOf(shards);
    this.owners = Collections.unmodifiableMap(owners);
  }

  /** Whether a file is one of these by its name or its first bytes. */
  public static boolean isGguf(Path path) {
    if (!Files.isRegularFile(path)) {
      return false;
    }
    if (String.valueOf(path.getFileName()).toLowerCase(Locale.ROOT).endsWith(SUFFIX)) {
      return true;
    }
    ByteBuffer first = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      return channel.read(first, 0) == Integer.BYTES && first.getInt(0) == GgufHeader.MAGIC;
    } catch (IOException e) {
      throw FormatException.reading(path, e);
    }
  }

  /**
   * The one model of a folder, if there is any: a file, or a shard of a set.
   *
   * @throws FormatException if there are several
   */
  public static Optional<Path> find(Path folder) {
    Map<String, Path> models = new TreeMap<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + SUFFIX)) {
      for (Path file : files) {
        String name = String.valueOf(file.getFileName());
        Matcher shard = SHARD.matcher(name);
        models.put(shard.matches() ? shard.group(1) + "-of-" + shard.group(3) : name, file);
      }
    } catch (IOException e) {
      throw FormatException.reading(folder, e);
    }
    if (models.size() > 1) {
      throw new FormatException(
          "%s: expected one GGUF model in the folder, found %s; name one of the files"
              .formatted(
                  folder, models.keySet().stream().limit(8).map(Quoting::printable).toList()));
    }
    return models.values().stream().findFirst();
  }

  /**
   * Opens and checks a file, and all others of its set.
   *
   * @throws FormatException if a file is not as the format asks, a shard is missing, or shards
   *     contradict one another
   */
  public static GgufFiles open(Path path) {
    List<GgufFile> opened = new ArrayList<>();
    try {
      GgufFile named = GgufFile.open(path);
      opened.add(named);
      int count = named.metadata().getInt(COUNT, 1);
      if (count <= 1) {
        return of(opened);
      }
      List<Path> paths = shardPaths(named, count);
      for (Path shard : paths) {
        if (!Files.exists(shard)) {
          throw new FormatException(
              "%s: the shard %s of %d is missing".formatted(path, shard.getFileName(), count));
        }
      }
      named.close();
      opened.clear();
      for (Path shard : paths) {
        opened.add(GgufFile.open(shard));
      }
      return ofSet(opened);
    } catch (RuntimeException | Error e) {
      opened.forEach(GgufFile::close);
      throw e;
    }
  }

  private static List<Path> shardPaths(GgufFile file, int count) {
    String name = String.valueOf(file.path().getFileName());
    Matcher shard = SHARD.matcher(name);
    if (!shard.matches() || Integer.parseInt(shard.group(3)) != count) {
      throw file.metadata()
          .error(
              COUNT,
              "expected a file name that ends in -00001-of-%05d.gguf beside a set of %d, found %s"
                  .formatted(count, count, Quoting.quote(name)));
    }
    List<Path> paths = new ArrayList<>(count);
    for (int i = 1; i <= count; i++) {
      paths.add(
          file.path().resolveSibling("%s-%05d-of-%05d.gguf".formatted(shard.group(1), i, count)));
    }
    return paths;
  }

  private static GgufFiles ofSet(List<GgufFile> shards) {
    long tensors = 0;
    for (int i = 0; i < shards.size(); i++) {
      GgufMetadata metadata = shards.get(i).metadata();
      require(metadata, NUMBER, i);
      require(metadata, COUNT, shards.size());
      tensors += shards.get(i).tensors().size();
    }
    GgufMetadata first = shards.getFirst().metadata();
    if (first.has(TENSORS) && first.getInt(TENSORS) != tensors) {
      throw first.error(
          TENSORS,
          "expected the %d tensors of all shards, found %d"
              .formatted(tensors, first.getInt(TENSORS)));
    }
    return of(shards);
  }

  private static void require(GgufMetadata metadata, String key, int expected) {
    int found = metadata.getInt(key);
    if (found != expected) {
      throw metadata.error(key, "expected %d, found %d".formatted(expected, found));
    }
  }

  private static GgufFiles of(List<GgufFile> shards) {
    int tensors = shards.stream().mapToInt(shard -> shard.tensors().size()).sum();
    Map<String, GgufFile> owners = LinkedHashMap.newLinkedHashMap(tensors);
    for (GgufFile shard : shards) {
      for (String name : shard.tensors().keySet()) {
        GgufFile before = owners.put(name, shard);
        if (before != null) {
          throw new FormatException(
              "%s: %s: the tensor is in %s already"
                  .formatted(shard.path(), Quoting.printable(name), before.path().getFileName()));
        }
      }
    }
    return new GgufFiles(shards, owners);
  }

  /** The file, or the first shard. */
  public Path source() {
    return shards.getFirst().path();
  }

  /** The metadata of the model. */
  public GgufMetadata metadata() {
    return shards.getFirst().metadata();
  }

  /** The open files. */
  public List<GgufFile> shards() {
    return shards;
  }

  /** The names of all tensors, shard by shard. */
  public java.util.Set<String> names() {
    return owners.keySet();
  }

  /** Whether there is such a tensor. */
  public boolean contains(String name) {
    return owners.containsKey(name);
  }

  /** Type and shape of a tensor. */
  public GgufTensor tensor(String name) {
    return owner(name).tensor(name);
  }

  /** A tensor's blocks where they lie; read-only and not necessarily aligned. */
  public MemorySegment data(String name) {
    return owner(name).data(name);
  }

  /** The file that holds a tensor. */
  public GgufFile owner(String name) {
    GgufFile owner = owners.get(name);
    if (owner == null) {
      throw new FormatException(source() + ": tensor " + Quoting.quote(name) + " is missing");
    }
    return owner;
  }

  @Override
  public void close() {
    shards.forEach(GgufFile::close);
  }
}
