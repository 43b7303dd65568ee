package dev.hadal.model;

import dev.hadal.format.Hashes;
import dev.hadal.format.Json;
import dev.hadal.format.JsonArray;
import dev.hadal.format.JsonObject;
import dev.hadal.kernels.MatMul;
import dev.hadal.tensor.DType;
import dev.hadal.tensor.Shape;
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
import java.util.Map;
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
  static final String MANIFEST = "packed.json";
  private static final int VERSION = 1;
  private static final String TENSOR = "tensor";

  private final Path folder;
  private final String identity;
  private final Arena arena;
  private final MemorySegment memory;
  private final @Nullable Workspace making;
  private final Map<String, JsonObject> entries;
  private boolean finished;
  private boolean onHeap;

  private PackedFile(
      Path folder,
      String identity,
      Arena arena,
      MemorySegment memory,
      @Nullable Workspace making,
      Map<String, JsonObject> entries) {
    this.folder = folder;
    this.identity = identity;
    this.arena = arena;
    this.memory = memory;
    this.making = making;
    this.entries = entries;
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
        return new PackedFile(folder, identity, arena, memory, making, new LinkedHashMap<>());
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
    Path manifestFile = folder.resolve(MANIFEST);
    if (!Files.exists(manifestFile)) {
      return Optional.empty();
    }
    JsonObject manifest = Json.readObject(manifestFile);
    if (manifest.getLong("version") != VERSION
        || !manifest.getString("identity").equals(identity)) {
      return Optional.empty();
    }
    Arena arena = Arena.ofShared();
    try (FileChannel channel = FileChannel.open(folder.resolve(DATA), StandardOpenOption.READ)) {
      long bytes = manifest.getLong("bytes");
      if (channel.size() != bytes) {
        throw damaged(folder, "expected %d bytes, found %d".formatted(bytes, channel.size()));
      }
      MemorySegment memory = channel.map(FileChannel.MapMode.READ_ONLY, 0, bytes, arena);
      Map<String, JsonObject> entries = new LinkedHashMap<>();
      JsonArray list = manifest.getArray("entries");
      for (int i = 0; i < list.size(); i++) {
        JsonObject entry = list.getObject(i);
        entries.put(entry.getString("key"), entry);
      }
      return Optional.of(new PackedFile(folder, identity, arena, memory, null, entries));
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
    entries.put(
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
    JsonObject entry = entry(key);
    List<MatMul.Packed> operands = new ArrayList<>();
    JsonArray list = entry.getArray("operands");
    try {
      for (int i = 0; i < list.size(); i++) {
        JsonObject operand = list.getObject(i);
        JsonArray parts = operand.getArray("parts");
        List<MemorySegment> segments = new ArrayList<>();
        for (int part = 0; part < parts.size(); part++) {
          segments.add(bytes(parts.getArray(part)));
        }
        operands.add(
            matMul.restore(
                new MatMul.Stored(
                    operand.getString("layout"),
                    operand.getInt("outputs"),
                    operand.getInt("depth"),
                    segments)));
      }
      return new PackedLinears(InferenceKind.valueOf(entry.getString("kind")), operands);
    } catch (IllegalArgumentException e) {
      throw damaged(folder, key + ": " + e.getMessage());
    }
  }

  @Override
  public Tensor tensor(String key, Function<Workspace, Tensor> make) {
    if (making == null) {
      JsonObject entry = entry(key);
      Shape shape = Shape.of(entry.getArray("shape").toLongs());
      DType type = DType.valueOf(entry.getString(TENSOR));
      return new Tensor(type, shape, bytes(entry.getArray("place")));
    }
    Tensor made = make.apply(making);
    entries.put(
        key,
        JsonObject.builder()
            .put("key", key)
            .put(TENSOR, made.dtype().name())
            .put("shape", JsonArray.ofLongs(made.shape().extents()))
            .put("place", place(made.data()))
            .build());
    return made;
  }

  private JsonObject entry(String key) {
    JsonObject entry = entries.get(key);
    if (entry == null) {
      throw damaged(folder, "there is no " + key);
    }
    return entry;
  }

  private JsonArray place(MemorySegment part) {
    long offset = part.byteSize() == 0 ? 0 : part.address() - memory.address();
    return JsonArray.ofLongs(offset, part.byteSize());
  }

  private MemorySegment bytes(JsonArray place) {
    long offset = place.getLong(0);
    long size = place.getLong(1);
    if (place.size() != 2 || offset < 0 || size < 0 || offset > memory.byteSize() - size) {
      throw damaged(folder, "a part lies outside of the file");
    }
    return memory.asSlice(offset, size);
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
      JsonObject manifest =
          JsonObject.builder()
              .put("version", VERSION)
              .put("identity", identity)
              .put("bytes", used)
              .put("sha256", Hashes.sha256(memory.asSlice(0, used)))
              .put("entries", JsonArray.of(List.copyOf(entries.values())))
              .build();
      Path unfinished = folder.resolve(MANIFEST + ".tmp");
      Json.write(unfinished, manifest);
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

  private static DamagedException damaged(Path folder, String problem) {
    return new DamagedException(
        "%s: %s; the packed weights are not as they were written".formatted(folder, problem));
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
