package dev.hadal.model;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reads parts of one file into private memory, several at a time. A file that becomes shorter or is
 * changed meanwhile is an exception, never, as with a mapping, the end of the process.
 *
 * <p>The threads are its own because a channel is closed when a thread that reads from it is
 * interrupted, and whoever computes may be.
 */
final class PositionedReads implements AutoCloseable {
  private static final int READERS = 4;

  /** Bytes of one read: readers share a long part. */
  private static final long PIECE = 4L << 20;

  /** A disk that gives nothing for so long is broken. */
  private static final int DEADLINE_SECONDS = 120;

  private final Path file;
  private final FileChannel channel;
  private final State state;
  private final ExecutorService readers;
  private int underWay;
  private long begun;
  private long nanos;
  private long bytes;

  /** What tells a file from itself after a change. */
  private record State(Object key, long bytes, long modified) {
    static State of(Path file) throws IOException {
      BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
      return new State(
          Objects.requireNonNullElse(found.fileKey(), file),
          found.size(),
          found.lastModifiedTime().to(TimeUnit.NANOSECONDS));
    }
  }

  /**
   * A part of the file.
   *
   * @param offset of its first byte
   * @param to takes it
   */
  record Part(long offset, MemorySegment to) {}

  /**
   * How much was read.
   *
   * @param nanos during which something was being read
   */
  record Progress(long bytes, long nanos) {}

  private PositionedReads(Path file, FileChannel channel, State state) {
    this.file = file;
    this.channel = channel;
    this.state = state;
    this.readers =
        Executors.newFixedThreadPool(
            READERS, Thread.ofPlatform().daemon().name("hadal-read-", 1).factory());
  }

  /**
   * Opens a file.
   *
   * @throws ModelException if it cannot be read
   */
  static PositionedReads open(Path file) {
    try {
      FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
      return new PositionedReads(file, channel, State.of(file));
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /** The file's bytes when it was opened. */
  long size() {
    return state.bytes;
  }

  /** Begins to read. */
  Pending begin(List<Part> parts) {
    List<Part> pieces = new ArrayList<>();
    for (Part part : parts) {
      for (long at = 0; at < part.to.byteSize(); at += PIECE) {
        long length = Math.min(PIECE, part.to.byteSize() - at);
        pieces.add(new Part(part.offset + at, part.to.asSlice(at, length)));
      }
    }
    Pending pending = new Pending(pieces.size());
    starts(pieces.size());
    for (Part piece : pieces) {
      readers.execute(() -> read(piece, pending));
    }
    return pending;
  }

  private void read(Part piece, Pending pending) {
    long done = 0;
    try {
      ByteBuffer to = piece.to.asByteBuffer();
      while (to.hasRemaining()) {
        int count = channel.read(to, piece.offset + done);
        if (count <= 0) {
          throw new ModelException(
              "%s: expected %d bytes from byte %d on, found %d; the packed weights became shorter while they were in use: load the model again, which makes them anew"
                  .formatted(file, piece.to.byteSize(), piece.offset, done));
        }
        done += count;
      }
    } catch (IOException e) {
      pending.failure = unreadable(file, e);
    } catch (RuntimeException e) {
      pending.failure = e;
    } finally {
      ends(done);
      pending.left.countDown();
    }
  }

  private synchronized void starts(int pieces) {
    if (underWay == 0) {
      begun = System.nanoTime();
    }
    underWay += pieces;
  }

  private synchronized void ends(long read) {
    bytes += read;
    underWay--;
    if (underWay == 0) {
      nanos += System.nanoTime() - begun;
    }
  }

  /** What was read so far. */
  synchronized Progress progress() {
    return new Progress(bytes, nanos + (underWay == 0 ? 0 : System.nanoTime() - begun));
  }

  /** Reads that were begun together. */
  final class Pending {
    private final CountDownLatch left;
    private volatile @Nullable RuntimeException failure;

    private Pending(int pieces) {
      left = new CountDownLatch(pieces);
    }

    /** Whether nobody writes to the memory any more. */
    boolean ended() {
      return left.getCount() == 0;
    }

    /**
     * Waits for the end.
     *
     * @throws ModelException if the file is shorter, was changed, cannot be read, or the disk gives
     *     nothing any more
     */
    void await() {
      if (!awaitEnd()) {
        throw new ModelException(
            "%s: nothing could be read for %d seconds".formatted(file, DEADLINE_SECONDS));
      }
      RuntimeException failed = failure;
      if (failed != null) {
        throw failed;
      }
      requireUnchanged();
    }

    /** Waits for the end, whatever it is; false if it did not come. */
    boolean awaitEnd() {
      boolean interrupted = false;
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
      try {
        while (true) {
          try {
            return left.await(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
          } catch (InterruptedException e) {
            interrupted = true;
          }
        }
      } finally {
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }

  /** A file that was removed or replaced stays what it was for those who have it open. */
  private void requireUnchanged() {
    State now;
    try {
      now = State.of(file);
    } catch (NoSuchFileException e) {
      return;
    } catch (IOException e) {
      throw unreadable(file, e);
    }
    if (now.key.equals(state.key) && !now.equals(state)) {
      throw new ModelException(
          file
              + ": the packed weights were changed while they were in use: remove them (hadal cache"
              + " clear) and load the model again");
    }
  }

  private static ModelException unreadable(Path file, IOException e) {
    return new ModelException(
        "%s: the packed weights cannot be read: %s".formatted(file, e.getMessage()), e);
  }

  /** Waits for what is under way. */
  @Override
  public void close() {
    readers.shutdown();
    try (channel) {
      if (!readers.awaitTermination(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
        throw new ModelException(file + ": a read does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }
}
