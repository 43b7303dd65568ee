package dev.hadal.format;

import dev.hadal.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/**
 * A safetensors file, mapped read-only. The header is checked in full before anything else is
 * touched; tensors are views on the mapping and die with {@link #close}, after which every access
 * throws {@link IllegalStateException}. May be read by any number of threads.
 */
public final class SafetensorsFile implements AutoCloseable {
  private static final ValueLayout.OfLong LENGTH =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Path path;
  private final Arena arena;
  private final SafetensorsHeader header;
  private final MemorySegment data;
  private final long dataBegin;

  private SafetensorsFile(
      Path path, Arena arena, SafetensorsHeader header, MemorySegment mapping, long dataBegin) {
    this.path = path;
    this.arena = arena;
    this.header = header;
    this.data = mapping.asSlice(dataBegin);
    this.dataBegin = dataBegin;
  }

  /** Maps and checks a file. */
  public static SafetensorsFile open(Path path) {
    return MappedFile.open(path, SafetensorsFile::of);
  }

  /** Checks a file's bytes; the arena becomes the new object's to close. */
  static SafetensorsFile of(Path path, Arena arena, MemorySegment mapping) {
    long size = mapping.byteSize();
    if (size < Long.BYTES) {
      throw new FormatException(
          path + ": expected the 8 bytes of the header's length, found " + size);
    }
    long length = mapping.get(LENGTH, 0);
    // An unsigned number: a negative long is a length beyond 2^63.
    if (length < 0 || length > size - Long.BYTES) {
      throw new FormatException(
          "%s: header length: expected at most the %d bytes that follow, found %s"
              .formatted(path, size - Long.BYTES, Long.toUnsignedString(length)));
    }
    if (length > SafetensorsHeader.LONGEST) {
      throw new FormatException(
          "%s: header length: expected at most %d bytes, found %d"
              .formatted(path, SafetensorsHeader.LONGEST, length));
    }
    byte[] json = mapping.asSlice(Long.BYTES, length).toArray(ValueLayout.JAVA_BYTE);
    long dataBegin = Long.BYTES + length;
    SafetensorsHeader header = SafetensorsHeader.parse(path.toString(), json, size - dataBegin);
    return new SafetensorsFile(path, arena, header, mapping, dataBegin);
  }

  /** The file. */
  public Path path() {
    return path;
  }

  /** The tensors' names in the order of their data. */
  public Set<String> names() {
    return header.entries().keySet();
  }

  /** Whether the file holds the tensor. */
  public boolean contains(String name) {
    return header.entries().containsKey(name);
  }

  /** The file's free text pairs. */
  public Map<String, String> metadata() {
    return header.metadata();
  }

  /** Type, shape and place of a tensor. */
  public SafetensorsEntry entry(String name) {
    SafetensorsEntry entry = header.entries().get(name);
    if (entry == null) {
      throw new FormatException(path + ": tensor " + Quoting.quote(name) + " is missing");
    }
    return entry;
  }

  /** Where the tensors' data begins in the file; entries count from there. */
  long dataBegin() {
    return dataBegin;
  }

  /** A read-only view of a tensor; not necessarily aligned. */
  public Tensor tensor(String name) {
    SafetensorsEntry entry = entry(name);
    return new Tensor(entry.dtype(), entry.shape(), data.asSlice(entry.begin(), entry.bytes()));
  }

  @Override
  public void close() {
    arena.close();
  }
}
