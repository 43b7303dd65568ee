package dev.hadal.format;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Map;

/**
 * A GGUF file, mapped read-only. The header is checked in full before anything else is touched;
 * data and arrays of metadata are views on the mapping and die with {@link #close}, after which
 * every access throws {@link IllegalStateException}. May be read by any number of threads.
 */
public final class GgufFile implements AutoCloseable {
  private final Path path;
  private final Arena arena;
  private final GgufHeader header;
  private final MemorySegment mapping;

  private GgufFile(Path path, Arena arena, GgufHeader header, MemorySegment mapping) {
    this.path = path;
    this.arena = arena;
    this.header = header;
    this.mapping = mapping;
  }

  /** Maps and checks a file. */
  public static GgufFile open(Path path) {
    return MappedFile.open(path, GgufFile::of);
  }

  /** Checks a file's bytes; the arena becomes the new object's to close. */
  static GgufFile of(Path path, Arena arena, MemorySegment mapping) {
    return new GgufFile(path, arena, GgufHeader.parse(path.toString(), mapping), mapping);
  }

  /** The file. */
  public Path path() {
    return path;
  }

  /** The version of the format. */
  public int version() {
    return header.version();
  }

  /** The alignment of tensors in bytes. */
  public long alignment() {
    return header.alignment();
  }

  /** The metadata. */
  public GgufMetadata metadata() {
    return header.metadata();
  }

  /** The tensors by name, in the order of their data. */
  public Map<String, GgufTensor> tensors() {
    return header.tensors();
  }

  /** Type, shape and place of a tensor. */
  public GgufTensor tensor(String name) {
    GgufTensor tensor = header.tensors().get(name);
    if (tensor == null) {
      throw new FormatException(path + ": tensor " + Quoting.quote(name) + " is missing");
    }
    return tensor;
  }

  /** Where the tensors' data begins in the file; tensors count from there. */
  long dataBegin() {
    return header.dataBegin();
  }

  /** A tensor's blocks where they lie; read-only and not necessarily aligned. */
  public MemorySegment data(String name) {
    GgufTensor tensor = tensor(name);
    return mapping.asSlice(header.dataBegin() + tensor.offset(), tensor.bytes()).asReadOnly();
  }

  @Override
  public void close() {
    arena.close();
  }
}
