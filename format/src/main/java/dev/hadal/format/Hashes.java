package dev.hadal.format;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** SHA-256 of whole things, in 64 lower-case hexadecimal digits. */
public final class Hashes {
  private static final int PIECE = 1 << 20;

  private Hashes() {}

  /** The hash of a file's bytes. */
  public static String sha256(Path file) {
    Hasher hasher = new Hasher();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer piece = ByteBuffer.allocate(PIECE);
      while (channel.read(piece) >= 0) {
        hasher.update(piece.array(), 0, piece.position());
        piece.clear();
      }
    } catch (IOException e) {
      throw FormatException.reading(file, e);
    }
    return hasher.hex();
  }

  /** The hash of a segment's bytes. */
  public static String sha256(MemorySegment data) {
    return new Hasher().update(data).hex();
  }

  /** The hash of an array's bytes. */
  public static String sha256(byte[] data) {
    return new Hasher().update(data).hex();
  }
}
