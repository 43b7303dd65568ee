package dev.hadal.model;

import dev.hadal.format.FormatException;
import dev.hadal.format.Hashes;
import dev.hadal.tensor.Workspace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A folder where packed weights are kept, so that a later start maps them instead of packing anew.
 * What was not used for longest makes room; what is damaged is made anew, and a sentence says so.
 *
 * @param root the folder, made when it is needed
 * @param limitBytes the most bytes that all files together have
 * @param notes takes sentences for people
 */
public record PackedCache(Path root, long limitBytes, Consumer<String> notes) {
  /** Of the disk's free space this much is left to others. */
  private static final long SPARE = 1L << 30;

  /**
   * One model's packed weights.
   *
   * @param folder that holds them
   * @param bytes on the disk
   * @param used when they were last used
   * @param whole whether they were finished
   */
  public record Entry(Path folder, long bytes, Instant used, boolean whole) {}

  /** What is there, last used first. */
  public List<Entry> entries() {
    List<Entry> entries = new ArrayList<>();
    if (!Files.isDirectory(root)) {
      return entries;
    }
    try (Stream<Path> folders = Files.list(root)) {
      for (Path folder : folders.filter(Files::isDirectory).toList()) {
        Path data = folder.resolve(PackedFile.DATA);
        if (Files.exists(data)) {
          boolean whole = Files.exists(folder.resolve(PackedFile.MANIFEST));
          Instant used = Files.getLastModifiedTime(folder).toInstant();
          entries.add(new Entry(folder, Files.size(data), used, whole));
        }
      }
    } catch (IOException e) {
      throw unusable(e);
    }
    entries.sort(Comparator.comparing(Entry::used).reversed());
    return entries;
  }

  /** Removes everything; returns the bytes that were freed. */
  public long clear() {
    long freed = 0;
    for (Entry entry : entries()) {
      remove(entry.folder);
      freed += entry.bytes;
    }
    return freed;
  }

  /**
   * Whether the bytes of an entry are those that were written; reads all of them.
   *
   * @throws FormatException if a file cannot be read
   */
  public boolean isWhole(Entry entry) {
    return entry.whole && PackedFile.isWhole(entry.folder);
  }

  /** The finished entries that were packed from these files as they are now. */
  public List<Entry> entriesOf(List<Path> files) {
    String states = FileStates.of(files);
    List<Entry> found = new ArrayList<>();
    for (Entry entry : entries()) {
      try {
        if (entry.whole && PackedFile.identity(entry.folder).startsWith(states)) {
          found.add(entry);
        }
      } catch (FormatException e) {
        // A broken manifest says of no model that it is its own.
        notes.accept(e.getMessage());
      }
    }
    return found;
  }

  /** The store of an identity: what an earlier start made, or one that is to be filled. */
  PackedStore open(String identity, long bound, long expected) {
    Path folder = folder(identity);
    try {
      PackedFile found = PackedFile.open(folder, identity).orElse(null);
      if (found != null) {
        Files.setLastModifiedTime(folder, FileTime.from(Instant.now()));
        return found;
      }
    } catch (PackedFile.DamagedException | FormatException e) {
      notes.accept(e.getMessage() + "; they are made anew.");
      remove(folder);
    } catch (IOException e) {
      throw unusable(e);
    }
    remove(folder);
    String obstacle = makeRoom(expected).orElse(null);
    if (obstacle != null) {
      notes.accept(obstacle + ".");
      return new PackedStore.Memory(new Workspace("packed weights", bound));
    }
    return PackedFile.make(folder, identity, bound);
  }

  /**
   * The manifest of an identity, whose weights are packed first if they are not yet.
   *
   * @param pack fills a store
   * @throws ModelException if there is no room, or the kernels keep what they pack on the heap
   */
  PackedManifest manifest(String identity, long bound, long expected, Consumer<PackedStore> pack) {
    Path folder = folder(identity);
    try {
      PackedManifest found = PackedManifest.read(folder, identity).orElse(null);
      if (found != null) {
        Files.setLastModifiedTime(folder, FileTime.from(Instant.now()));
        return found;
      }
    } catch (FormatException e) {
      notes.accept(e.getMessage() + "; they are made anew.");
    } catch (IOException e) {
      throw unusable(e);
    }
    remove(folder);
    String obstacle = makeRoom(expected).orElse(null);
    if (obstacle != null) {
      throw new ModelException(
          obstacle
              + ", but experts can only be read as they are needed from weights that are kept");
    }
    pack.accept(PackedFile.make(folder, identity, bound));
    return PackedManifest.read(folder, identity)
        .orElseThrow(
            () ->
                new ModelException(
                    "experts cannot be read as they are needed: these kernels keep packed weights"
                        + " on the heap; choose others (--kernels)"));
  }

  /** Removes what was damaged. */
  void remove(String identity) {
    remove(folder(identity));
  }

  private Path folder(String identity) {
    byte[] bytes = identity.getBytes(StandardCharsets.UTF_8);
    return root.resolve(Hashes.sha256(bytes).substring(0, 32));
  }

  /** Removes what was used longest ago; returns what is in the way, if there still is no room. */
  private Optional<String> makeRoom(long expected) {
    if (expected > limitBytes) {
      return Optional.of(
          "%s: packed weights of %,d MB are not kept, the limit is %,d MB"
              .formatted(root, expected >> 20, limitBytes >> 20));
    }
    List<Entry> entries = entries();
    long used = entries.stream().mapToLong(Entry::bytes).sum();
    for (Entry oldest : entries.reversed()) {
      if (used + expected <= limitBytes) {
        break;
      }
      remove(oldest.folder);
      used -= oldest.bytes;
    }
    try {
      Files.createDirectories(root);
      long free = Files.getFileStore(root).getUsableSpace();
      if (free - SPARE < expected) {
        return Optional.of(
            "%s: packed weights of %,d MB are not kept, the disk has %,d MB free"
                .formatted(root, expected >> 20, free >> 20));
      }
      return Optional.empty();
    } catch (IOException e) {
      throw unusable(e);
    }
  }

  private void remove(Path folder) {
    try {
      Files.deleteIfExists(folder.resolve(PackedFile.MANIFEST));
      Files.deleteIfExists(folder.resolve(PackedFile.MANIFEST + ".tmp"));
      Files.deleteIfExists(folder.resolve(PackedFile.DATA));
      Files.deleteIfExists(folder);
    } catch (IOException e) {
      throw unusable(e);
    }
  }

  private ModelException unusable(IOException e) {
    return new ModelException(
        "%s: the cache of packed weights cannot be used: %s".formatted(root, e.getMessage()), e);
  }
}
