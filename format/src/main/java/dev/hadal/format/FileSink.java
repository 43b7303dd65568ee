package dev.hadal.format;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Sequential output to one new file that also computes its SHA-256. Every I/O error becomes a
 * {@link FormatException} that names the file {@code shown} to the user.
 */
final class FileSink implements AutoCloseable {
  /** Segments are written in pieces: a {@link ByteBuffer} ends at 2 GiB. */
  private static final long PIECE = 16L << 20;

  private final Path shown;
  private final FileChannel channel;
  private final Hasher hasher = new Hasher();
  private long bytes;

  private FileSink(Path shown, FileChannel channel) {
    this.shown = shown;
    this.channel = channel;
  }

  /** Creates or empties the file at {@code path}. */
  static FileSink create(Path path, Path shown) {
    try {
      return new FileSink(
          shown,
          FileChannel.open(
              path,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE));
    } catch (IOException e) {
      throw FormatException.writing(shown, e);
    }
  }

  /** The number of bytes written so far. */
  long bytes() {
    return bytes;
  }

  /** The SHA-256 of the bytes written so far. */
  String sha256() {
    return hasher.hex();
  }

  void write(MemorySegment data) {
    for (long at = 0; at < data.byteSize(); at += PIECE) {
      MemorySegment piece = data.asSlice(at, Math.min(PIECE, data.byteSize() - at));
      hasher.update(piece);
      writeFully(piece.asByteBuffer());
    }
  }

  void write(byte[] data, int from, int length) {
    hasher.update(data, from, length);
    writeFully(ByteBuffer.wrap(data, from, length));
  }

  void write(byte[] data) {
    write(data, 0, data.length);
  }

  private void writeFully(ByteBuffer buffer) {
    bytes += buffer.remaining();
    try {
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    } catch (IOException e) {
      throw FormatException.writing(shown, e);
    }
  }

  /** Waits until the bytes are on the disk. */
  void force() {
    try {
      channel.force(true);
    } catch (IOException e) {
      throw FormatException.writing(shown, e);
    }
  }

  /** This sink as a stream; closing the stream does not close the sink. */
  OutputStream stream() {
    return new OutputStream() {
      @Override
      public void write(int value) {
        FileSink.this.write(new byte[] {(byte) value}, 0, 1);
      }

      @Override
      public void write(byte[] data, int from, int length) {
        FileSink.this.write(data, from, length);
      }
    };
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw FormatException.writing(shown, e);
    }
  }
}
