package dev.hadal.format;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Shape;
import dev.hadal.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;

/**
 * Writes a safetensors file tensor by tensor, so that the tensors need not be in memory together.
 * Names, types and shapes are told first because the header stands before the data; then the data
 * follows in the same order. The file appears whole at {@link #commit} or not at all.
 */
public final class SafetensorsWriter implements AutoCloseable {
  /**
   * What the header says of a tensor that will be written.
   *
   * @param name unique within the file
   * @param dtype the element type
   * @param shape the extents
   */
  public record Spec(String name, DType dtype, Shape shape) {
    /** The spec of a tensor at hand. */
    public static Spec of(String name, Tensor tensor) {
      return new Spec(name, tensor.dtype(), tensor.shape());
    }
  }

  private final Path path;
  private final AtomicFile file;
  private final Queue<SafetensorsEntry> awaited;

  private SafetensorsWriter(Path path, SafetensorsHeader header) {
    this.path = path;
    this.awaited = new ArrayDeque<>(header.entries().values());
    this.file = AtomicFile.create(path);
    writeHeader(file.sink(), header);
  }

  /** Starts a file that will hold the tensors in the given order. */
  public static SafetensorsWriter create(
      Path path, List<Spec> specs, Map<String, String> metadata) {
    return new SafetensorsWriter(path, header(specs, metadata));
  }

  /** Writes a file of the tensors in the map's order. */
  public static void write(Path path, Map<String, Tensor> tensors, Map<String, String> metadata) {
    try (AtomicFile file = AtomicFile.create(path)) {
      write(file.sink(), tensors, metadata);
      file.commit();
    }
  }

  /** Writes a file of the tensors in the map's order, without metadata. */
  public static void write(Path path, Map<String, Tensor> tensors) {
    write(path, tensors, Map.of());
  }

  static void write(FileSink sink, Map<String, Tensor> tensors, Map<String, String> metadata) {
    List<Spec> specs = new ArrayList<>();
    tensors.forEach((name, tensor) -> specs.add(Spec.of(name, tensor)));
    writeHeader(sink, header(specs, metadata));
    tensors.values().forEach(tensor -> sink.write(tensor.data()));
  }

  private static SafetensorsHeader header(List<Spec> specs, Map<String, String> metadata) {
    Map<String, SafetensorsEntry> entries = new LinkedHashMap<>();
    long begin = 0;
    for (Spec spec : specs) {
      long bytes = Math.multiplyExact(spec.shape().elements(), (long) spec.dtype().bytes());
      long end = Math.addExact(begin, bytes);
      SafetensorsEntry entry =
          new SafetensorsEntry(spec.name(), spec.dtype(), spec.shape(), begin, end);
      if (entries.put(spec.name(), entry) != null) {
        throw new IllegalArgumentException("safetensors: two tensors named " + spec.name());
      }
      begin = end;
    }
    return new SafetensorsHeader(entries, new LinkedHashMap<>(metadata));
  }

  private static void writeHeader(FileSink sink, SafetensorsHeader header) {
    byte[] json = header.encode();
    sink.write(
        ByteBuffer.allocate(Long.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(json.length)
            .array());
    sink.write(json);
  }

  /** Appends the next tensor; name, type and shape must be those of the next spec. */
  public void add(String name, Tensor tensor) {
    SafetensorsEntry next = awaited.poll();
    if (next == null
        || !next.name().equals(name)
        || next.dtype() != tensor.dtype()
        || !next.shape().equals(tensor.shape())) {
      throw new IllegalArgumentException(
          "%s: expected %s next, got %s %s %s"
              .formatted(path, next, name, tensor.dtype(), tensor.shape()));
    }
    file.write(tensor.data());
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
}
