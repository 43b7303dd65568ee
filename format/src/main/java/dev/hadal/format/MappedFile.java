package dev.hadal.format;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Opens a file as a read-only mapping that its reader owns. */
final class MappedFile {
  private MappedFile() {}

  /** Makes a reader of a file's bytes; the arena becomes the reader's to close. */
  @FunctionalInterface
  interface Reader<T> {
    T of(Path path, Arena arena, MemorySegment mapping);
  }

  /** Maps a file; a reader that throws leaves nothing mapped. */
  static <T> T open(Path path, Reader<T> reader) {
    Arena arena = Arena.ofShared();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      return reader.of(
          path, arena, channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena));
    } catch (IOException e) {
      arena.close();
      throw FormatException.reading(path, e);
    } catch (RuntimeException | Error e) {
      arena.close();
      throw e;
    }
  }
}
