package dev.hadal.format;

import dev.hadal.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;

/**
 * Writes a GGUF file of version 3 tensor by tensor, so that the tensors need not be in memory
 * together (ggml, docs/gguf.md). Metadata, names, types and shapes are told first because they
 * stand before the data; then the data follows in the same order. The file appears whole at {@link
 * #commit} or not at all.
 */
public final class GgufWriter implements AutoCloseable {
  /**
   * What the header says of a tensor that will be written.
   *
   * @param name unique within the file
   * @param type the element type
   * @param shape extents, outermost first; the last a multiple of the type's block
   */
  public record Spec(String name, GgufType type, Shape shape) {
    /** Checks that rows are whole blocks. */
    public Spec {
      if (!type.isSized()) {
        throw new IllegalArgumentException(
            "gguf: %s: the type %s cannot be written".formatted(name, type));
      }
      long row = shape.axes() == 0 ? 1 : shape.extent(shape.axes() - 1);
      if (row % type.blockElements() != 0) {
        throw new IllegalArgumentException(
            "gguf: %s: expected rows of a multiple of %d elements for %s, got %s"
                .formatted(name, type.blockElements(), type, shape));
      }
    }

    /** The size of the data. */
    public long bytes() {
      return type.bytes(shape.elements());
    }
  }

  private final Path path;
  private final AtomicFile file;
  private final long alignment;
  private final Queue<Spec> awaited;

  private GgufWriter(Path path, Map<String, GgufValue> metadata, List<Spec> specs) {
    this.path = path;
    this.alignment = alignment(metadata);
    this.awaited = new ArrayDeque<>(specs);
    byte[] header = new Header().encode(metadata, specs, alignment);
    this.file = AtomicFile.create(path);
    file.write(header);
    if (!specs.isEmpty()) {
      pad(header.length);
    }
  }

  /**
   * Starts a file.
   *
   * @param metadata in the order of the file; {@code general.alignment}, if any, is kept to
   * @param specs the tensors in the order of the file
   */
  public static GgufWriter create(Path path, Map<String, GgufValue> metadata, List<Spec> specs) {
    return new GgufWriter(path, metadata, specs);
  }

  private static long alignment(Map<String, GgufValue> metadata) {
    GgufValue value = metadata.get(GgufHeader.ALIGNMENT);
    long alignment =
        value instanceof GgufValue.Whole(GgufValueType _, long whole)
            ? whole
            : GgufHeader.DEFAULT_ALIGNMENT;
    if (Long.bitCount(alignment) != 1 || alignment < 1) {
      throw new IllegalArgumentException(
          "gguf: general.alignment: expected a power of two, got " + alignment);
    }
    return alignment;
  }

  /** Appends the next tensor; name and size must be those of the next spec. */
  public void add(String name, MemorySegment blocks) {
    Spec next = awaited.poll();
    if (next == null || !next.name().equals(name) || next.bytes() != blocks.byteSize()) {
      throw new IllegalArgumentException(
          "%s: expected %s next, got %d bytes of %s"
              .formatted(path, next, blocks.byteSize(), name));
    }
    file.write(blocks);
    pad(blocks.byteSize());
  }

  private void pad(long written) {
    long missing = GgufHeader.alignUp(written, alignment) - written;
    file.write(new byte[Math.toIntExact(missing)]);
  }

  /** Puts the complete file in its place. */
  public void commit() {
    if (!awaited.isEmpty()) {
      throw new IllegalStateException(path + ": still expected " + awaited.element());
    }
    file.commit();
  }

  @Override
  public void close() {
    file.close();
  }

  /** The bytes before the data. */
  private static final class Header {
    private final List<byte[]> parts = new ArrayList<>();

    byte[] encode(Map<String, GgufValue> metadata, List<Spec> specs, long alignment) {
      putInt(GgufHeader.MAGIC);
      putInt(GgufHeader.LATEST);
      putLong(specs.size());
      putLong(metadata.size());
      metadata.forEach(
          (key, value) -> {
            putText(key);
            putInt(value.type().id());
            put(value);
          });
      long offset = 0;
      for (Spec spec : specs) {
        putText(spec.name());
        long[] extents = spec.shape().extents();
        putInt(extents.length);
        for (int i = extents.length - 1; i >= 0; i--) {
          putLong(extents[i]);
        }
        putInt(spec.type().id());
        putLong(offset);
        offset = GgufHeader.alignUp(Math.addExact(offset, spec.bytes()), alignment);
      }
      ByteBuffer all = ByteBuffer.allocate(parts.stream().mapToInt(part -> part.length).sum());
      parts.forEach(all::put);
      return all.array();
    }

    private void put(GgufValue value) {
      switch (value) {
        case GgufValue.Whole(GgufValueType type, long whole) ->
            parts.add(java.util.Arrays.copyOf(longBytes(whole), type.bytes()));
        case GgufValue.Real(GgufValueType type, double real) -> {
          if (type == GgufValueType.FLOAT32) {
            putInt(Float.floatToRawIntBits((float) real));
          } else {
            putLong(Double.doubleToRawLongBits(real));
          }
        }
        case GgufValue.Truth(boolean truth) -> parts.add(new byte[] {(byte) (truth ? 1 : 0)});
        case GgufValue.Text(String text) -> putText(text);
        case GgufArray array -> {
          putInt(array.elementType().id());
          putLong(array.size());
          parts.add(array.bytes().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
        }
      }
    }

    private void putText(String text) {
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      putLong(utf8.length);
      parts.add(utf8);
    }

    private void putInt(int value) {
      parts.add(
          ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
    }

    private void putLong(long value) {
      parts.add(longBytes(value));
    }

    private static byte[] longBytes(long value) {
      return ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
    }
  }
}
