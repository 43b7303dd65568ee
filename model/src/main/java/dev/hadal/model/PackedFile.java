package dev.hadal.model;

import dev.hadal.format.Hashes;
import dev.hadal.format.Json;
import dev.hadal.format.JsonArray;
import dev.hadal.format.JsonObject;
import dev.hadal.kernels.MatMul;
import dev.hadal.tensor.Tensor;
import dev.hadal.tensor.Workspace;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What one model's loading packed, in a file that later starts map.
 *
 * <p>While it is made, the file is mapped as the memory into which weights are packed, so nothing
 * is copied and the system writes it out as it likes. The manifest, which says where everything
 * lies, is written last: a file without one is what an interrupted start left, and is made anew.
 */
final class PackedFile implements PackedStore {
  static final String DATA = "packed.bin";
  static final String MANIFEST = PackedManifest.NAME;

  private final Path folder;
  private final String identity;
  private final Arena arena;
  private final MemorySegment memory;
  private final @Nullable Workspace making;
  private final PackedManifest manifest;
  private boolean finished;
  private boolean onHeap;

  private PackedFile(
      Path folder,
      String identity,
      Arena arena,
      MemorySegment memory,
      @Nullable Workspace making,
      PackedManifest manifest) {
    this.folder = folder;
    this.identity = identity;
    this.arena = arena;
    this.memory = memory;
    this.making = making;
    this.manifest = manifest;
  }

  /**
   * Starts a file.
   *
   * @param identity of model, arithmetic and kernels
   * @param bound the most bytes that can be needed; the file is sparse
   */
  static PackedFile make(Path folder, String identity, long bound) {
    Arena arena = Arena.ofShared();
    try {
      Files.createDirectories(folder);
      Files.deleteIfExists(folder.resolve(MANIFEST));
      Files.deleteIfExists(folder.resolve(DATA));
      try (FileChannel channel =
          FileChannel.open(
              folder.resolve(DATA),
              StandardOpenOption.CREATE_NEW,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE)) {
        MemorySegment memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, bound, arena);
        Workspace making = Workspace.over("packed weights", memory);
        PackedManifest manifest = new PackedManifest(folder, bound, new LinkedHashMap<>());
        return new PackedFile(folder, identity, arena, memory, making, manifest);
      }
    } catch (IOException e) {
      arena.close();
      throw unwritable(folder, e);
    }
  }

  /**
   * The file that an earlier start made; empty if there is none of this identity.
   *
   * @throws DamagedException if there is one, but it is not as it was written
   */
  static Optional<PackedFile> open(Path folder, String identity) {
    PackedManifest manifest = PackedManifest.read(folder, identity).orElse(null);
    if (manifest == null) {
      return Optional.empty();
    }
    Arena arena = Arena.ofShared();
    try (FileChannel channel = FileChannel.open(folder.resolve(DATA), StandardOpenOption.READ)) {
      manifest.requireSize(channel.size());
      MemorySegment memory = channel.map(FileChannel.MapMode.READ_ONLY, 0, manifest.bytes(), arena);
      return Optional.of(new PackedFile(folder, identity, arena, memory, null, manifest));
    } catch (IOException e) {
      arena.close();
      throw new ModelException(folder.resolve(DATA) + ": cannot be read: " + e.getMessage(), e);
    } catch (RuntimeException | Error e) {
      arena.close();
      throw e;
    }
  }

  @Override
  public PackedLinears linears(String key, MatMul matMul, Function<Workspace, PackedLinears> make) {
    if (making == null) {
      return restore(key, matMul);
    }
    PackedLinears made = make.apply(making);
    List<JsonObject> operands = new ArrayList<>();
    for (MatMul.Packed packed : made.operands()) {
      matMul
          .store(packed)
          .ifPresentOrElse(stored -> operands.add(describe(stored)), () -> onHeap = true);
    }
    manifest
        .entries()
        .put(
            key,
            JsonObject.builder()
                .put("key", key)
                .put("kind", made.kind().name())
                .put("operands", JsonArray.of(List.copyOf(operands)))
                .build());
    return made;
  }

  private JsonObject describe(MatMul.Stored stored) {
    return JsonObject.builder()
        .put("layout", stored.layout())
        .put("outputs", stored.outputs())
        .put("depth", stored.depth())
        .put("parts", JsonArray.of(stored.parts().stream().map(this::place).toList()))
        .build();
  }

  private PackedLinears restore(String key, MatMul matMul) {
    PackedManifest.Linears stored = manifest.linears(key);
    try {
      return new PackedLinears(
          stored.kind(),
          stored.operands().stream().map(o -> o.restore(matMul, this::bytes)).toList());
    } catch (IllegalArgumentException e) {
      throw manifest.damaged(key + ": " + e.getMessage());
    }
  }

  @Override
  public Tensor tensor(String key, Function<Workspace, Tensor> make) {
    if (making == null) {
      PackedManifest.Table table = manifest.table(key);
      try {
        return new Tensor(table.type(), table.shape(), bytes(table.place()));
      } catch (IllegalArgumentException e) {
        throw manifest.damaged(key + ": " + e.getMessage());
      }
    }
    Tensor made = make.apply(making);
    manifest
        .entries()
        .put(
            key,
            JsonObject.builder()
                .put("key", key)
                .put(PackedManifest.TENSOR, made.dtype().name())
                .put("shape", JsonArray.ofLongs(made.shape().extents()))
                .put("place", place(made.data()))
                .build());
    return made;
  }

  private JsonArray place(MemorySegment part) {
    long offset = part.byteSize() == 0 ? 0 : part.address() - memory.address();
    return JsonArray.ofLongs(offset, part.byteSize());
  }

  private MemorySegment bytes(PackedManifest.Place place) {
    return memory.asSlice(place.offset(), place.bytes());
  }

  /**
   * Cuts the file to what was used and writes the manifest; not if kernels keep something on the
   * heap.
   */
  @Override
  public void finish() {
    if (making == null || onHeap) {
      return;
    }
    long used = making.peakBytes();
    Path data = folder.resolve(DATA);
    try (FileChannel channel = FileChannel.open(data, StandardOpenOption.WRITE)) {
      memory.asSlice(0, used).force();
      channel.truncate(used);
      JsonObject written =
          JsonObject.builder()
              .put("version", PackedManifest.VERSION)
              .put("identity", identity)
              .put("bytes", used)
              .put("sha256", Hashes.sha256(memory.asSlice(0, used)))
              .put("entries", JsonArray.of(List.copyOf(manifest.entries().values())))
              .build();
      Path unfinished = folder.resolve(MANIFEST + ".tmp");
      Json.write(unfinished, written);
      Files.move(unfinished, folder.resolve(MANIFEST), StandardCopyOption.ATOMIC_MOVE);
      finished = true;
    } catch (IOException e) {
      throw unwritable(folder, e);
    }
  }

  /** What a finished file was packed from. */
  static String identity(Path folder) {
    return Json.readObject(folder.resolve(MANIFEST)).getString("identity");
  }

  /** Whether the bytes are those that were written. */
  static boolean isWhole(Path folder) {
    JsonObject manifest = Json.readObject(folder.resolve(MANIFEST));
    return Hashes.sha256(folder.resolve(DATA)).equals(manifest.getString("sha256"));
  }

  /** The file is not as it was written. */
  static final class DamagedException extends ModelException {
    private static final long serialVersionUID = 1L;

    DamagedException(String message) {
      super(message);
    }
  }

  private static ModelException unwritable(Path folder, IOException e) {
    return new ModelException(
        "%s: packed weights cannot be written: %s".formatted(folder, e.getMessage()), e);
  }

  /** What is not finished is of no use to later starts. */
  @Override
  public void close() {
    arena.close();
    if (making != null && !finished) {
      try {
        Files.deleteIfExists(folder.resolve(DATA));
      } catch (IOException e) {
        throw unwritable(folder, e);
      }
    }
  }
}
