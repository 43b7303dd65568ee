package dev.hadal.format;

import dev.hadal.tensor.DType;
import dev.hadal.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * One reading of a weights file, from its first byte to its last, for its hash and for numbers that
 * are not finite. Reads pieces of some megabytes at their positions, not the mapping, so a disk's
 * failure is an exception here and no crash.
 *
 * @param file what was read
 * @param bytes its size
 * @param sha256 in hexadecimal digits
 * @param tensors those with numbers that are not finite
 */
public record FileScan(Path file, long bytes, String sha256, List<NotFinite> tensors) {
  private static final int PIECE = 4 << 20;

  /** Elements of a GGUF tensor that are decoded at once. */
  private static final int DECODED = 1 << 13;

  /** Copies the list. */
  public FileScan {
    tensors = List.copyOf(tensors);
  }

  /**
   * A tensor with numbers that are not finite.
   *
   * @param tensor its name
   * @param count how many
   * @param first the index of the first in each axis, outermost first
   * @param value the first
   */
  public record NotFinite(String tensor, long count, List<Long> first, double value) {
    /** Copies the list. */
    public NotFinite {
      first = List.copyOf(first);
    }
  }

  /**
   * Reads a safetensors file.
   *
   * @param progress is told how many bytes were read since it was told last; may throw to end it
   * @throws FormatException if the file cannot be read or became shorter
   */
  public static FileScan of(SafetensorsFile file, LongConsumer progress) {
    try (Reader reader = new Reader(file.path(), progress)) {
      for (String name : file.names()) {
        SafetensorsEntry entry = file.entry(name);
        reader.skipTo(file.dataBegin() + entry.begin());
        if (TensorConversion.isFloatingPoint(entry.dtype())) {
          reader.numbers(name, entry.shape(), entry.dtype());
        }
      }
      return reader.finish();
    } catch (IOException e) {
      throw FormatException.reading(file.path(), e);
    }
  }

  /** Reads a GGUF file; a number of a quantised tensor is what its block stands for. */
  public static FileScan of(GgufFile file, LongConsumer progress) {
    try (Reader reader = new Reader(file.path(), progress)) {
      for (GgufTensor tensor : file.tensors().values()) {
        reader.skipTo(file.dataBegin() + tensor.offset());
        Optional<DType> plain = plain(tensor.type());
        if (plain.isPresent()) {
          reader.numbers(tensor.name(), tensor.shape(), plain.get());
        } else if (tensor.type().decodes()) {
          reader.blocks(tensor);
        }
      }
      return reader.finish();
    } catch (IOException e) {
      throw FormatException.reading(file.path(), e);
    }
  }

  private static Optional<DType> plain(GgufType type) {
    return switch (type) {
      case F64 -> Optional.of(DType.F64);
      case F32 -> Optional.of(DType.F32);
      case F16 -> Optional.of(DType.F16);
      case BF16 -> Optional.of(DType.BF16);
      default -> Optional.empty();
    };
  }

  /** A place in a file; every byte that it passes goes into the hash. */
  private static final class Reader implements AutoCloseable {
    private final Path path;
    private final LongConsumer progress;
    private final FileChannel channel;
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment memory = arena.allocate(PIECE, 64);
    private final ByteBuffer buffer = memory.asByteBuffer();
    private final Hasher hasher = new Hasher();
    private final List<NotFinite> found = new ArrayList<>();
    private long position;

    Reader(Path path, LongConsumer progress) throws IOException {
      this.path = path;
      this.progress = progress;
      this.channel = FileChannel.open(path, StandardOpenOption.READ);
    }

    /** The next bytes. */
    private MemorySegment next(int count) throws IOException {
      buffer.clear().limit(count);
      while (buffer.hasRemaining()) {
        if (channel.read(buffer, position + buffer.position()) < 0) {
          throw new FormatException(
              "%s: expected %d bytes from byte %d on, found the end of the file after %d"
                  .formatted(path, count, position, buffer.position()));
        }
      }
      position += count;
      MemorySegment piece = memory.asSlice(0, count);
      hasher.update(piece);
      progress.accept(count);
      return piece;
    }

    void skipTo(long target) throws IOException {
      while (position < target) {
        next((int) Math.min(PIECE, target - position));
      }
    }

    void numbers(String name, Shape shape, DType type) throws IOException {
      FiniteNumbers finite = FiniteNumbers.of(type);
      Tally tally = new Tally(name, shape);
      long done = 0;
      while (done < shape.elements()) {
        int count = (int) Math.min(PIECE / type.bytes(), shape.elements() - done);
        MemorySegment piece = next(count * type.bytes());
        if (!finite.all(piece)) {
          for (int i = 0; i < count; i++) {
            tally.see(done + i, finite.value(piece, i));
          }
        }
        done += count;
      }
      tally.end();
    }

    void blocks(GgufTensor tensor) throws IOException {
      GgufType type = tensor.type();
      Tally tally = new Tally(tensor.name(), tensor.shape());
      float[] values = new float[DECODED];
      int bytes = (int) type.bytes(DECODED);
      long elements = tensor.shape().elements();
      for (long at = 0; at < elements; ) {
        int pieces = (int) Math.min(PIECE / bytes, Math.ceilDiv(elements - at, DECODED));
        long inPiece = Math.min((long) pieces * DECODED, elements - at);
        MemorySegment piece = next((int) type.bytes(inPiece));
        for (long done = 0; done < inPiece; done += DECODED) {
          int count = (int) Math.min(DECODED, inPiece - done);
          GgufBlocks.decode(type, piece, type.bytes(done), count, values, 0);
          for (int i = 0; i < count; i++) {
            if (!Float.isFinite(values[i])) {
              tally.see(at + done + i, values[i]);
            }
          }
        }
        at += inPiece;
      }
      tally.end();
    }

    FileScan finish() throws IOException {
      skipTo(channel.size());
      return new FileScan(path, position, hasher.hex(), found);
    }

    @Override
    public void close() throws IOException {
      arena.close();
      channel.close();
    }

    /** What is not finite in one tensor. */
    private final class Tally {
      private final String name;
      private final Shape shape;
      private long count;
      private long first;
      private double value;

      Tally(String name, Shape shape) {
        this.name = name;
        this.shape = shape;
      }

      void see(long index, double seen) {
        if (Double.isFinite(seen)) {
          return;
        }
        if (count++ == 0) {
          first = index;
          value = seen;
        }
      }

      void end() {
        if (count == 0) {
          return;
        }
        Long[] indices = new Long[shape.axes()];
        long rest = first;
        for (int axis = indices.length - 1; axis >= 0; axis--) {
          indices[axis] = rest % shape.extent(axis);
          rest /= shape.extent(axis);
        }
        found.add(new NotFinite(name, count, List.of(indices), value));
      }
    }
  }
}
