package dev.hadal.format;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * A file that appears whole or not at all. Bytes go to a temporary file beside the target; {@link
 * #commit} forces them to the disk, renames the temporary file over the target in one step, and
 * forces the folder. Without a commit, {@link #close} removes the temporary file and the target is
 * what it was. A killed process leaves at most the temporary file, which the next write reuses.
 */
public final class AtomicFile implements AutoCloseable {
  private final Path target;
  private final Path temporary;
  private final FileSink sink;
  private boolean committed;

  private AtomicFile(Path target) {
    this.target = target;
    this.temporary = target.resolveSibling("." + target.getFileName() + ".tmp");
    this.sink = FileSink.create(temporary, target);
  }

  /** Starts to write a file. */
  public static AtomicFile create(Path target) {
    return new AtomicFile(target);
  }

  /** Writes a file of the given bytes. */
  public static void write(Path target, byte[] bytes) {
    try (AtomicFile file = create(target)) {
      file.sink.write(bytes);
      file.commit();
    }
  }

  /** Appends bytes. */
  public void write(byte[] bytes) {
    sink.write(bytes);
  }

  /** Appends a segment's bytes. */
  public void write(MemorySegment bytes) {
    sink.write(bytes);
  }

  /** The file as an unbuffered stream; closing the stream does not commit. */
  public OutputStream stream() {
    return sink.stream();
  }

  FileSink sink() {
    return sink;
  }

  /** Puts the file in its place. */
  public void commit() {
    sink.force();
    sink.close();
    rename(temporary, target);
    committed = true;
    forceFolder(target.toAbsolutePath().resolveSibling(""));
  }

  @Override
  public void close() {
    if (committed) {
      return;
    }
    try {
      sink.close();
    } finally {
      remove(temporary);
    }
  }

  static void rename(Path from, Path to) {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw FormatException.writing(to, e);
    }
  }

  static void remove(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw FormatException.writing(file, e);
    }
  }

  /** Waits until renames inside a folder are on the disk. */
  static void forceFolder(Path folder) {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      throw FormatException.writing(folder, e);
    }
  }
}
