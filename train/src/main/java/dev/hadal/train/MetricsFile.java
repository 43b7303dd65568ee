package dev.hadal.train;

import dev.hadal.format.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code metrics.jsonl}: one {@link StepRecord} a line, steps ascending. A process that is killed
 * while it writes leaves at most one line without an end; readers drop it and say so, and {@link
 * #append} cuts it off before it adds anything.
 */
public final class MetricsFile implements AutoCloseable {
  /** The longest file that {@link #read} takes into memory: some 700,000 steps. */
  public static final long LONGEST = 256L << 20;

  private final Path file;
  private final FileChannel channel;

  private MetricsFile(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * What a file holds.
   *
   * @param records in ascending order of their steps
   * @param tornBytes length of a last line that has no end and was dropped; 0 where there is none
   */
  public record Contents(List<StepRecord> records, int tornBytes) {
    /** Keeps a copy of the list. */
    public Contents {
      records = List.copyOf(records);
    }
  }

  /**
   * All records of a file.
   *
   * @throws TrainException if a line is not a record, naming file, line and field
   */
  public static Contents read(Path file) {
    List<StepRecord> records = new ArrayList<>();
    try (MetricsLines lines = new MetricsLines(file)) {
      long last = 0;
      for (byte[] line = lines.next(); line != null; line = lines.next()) {
        if (lines.wholeBytes() > LONGEST) {
          throw new TrainException(
              "%s: expected a file of at most %d bytes".formatted(file, LONGEST));
        }
        StepRecord step = MetricsLine.read(lines.place(), line);
        last = requireLater(lines, step, last);
        records.add(step);
      }
      return new Contents(records, lines.tornBytes());
    }
  }

  /**
   * Removes every record after the step, and a torn last line: for a run that goes on from an older
   * checkpoint. The file is replaced in one step; a file that is not there, or ends at the step, is
   * left alone.
   */
  public static void truncateAfter(Path file, long step) {
    if (!Files.exists(file)) {
      return;
    }
    boolean cut = false;
    try (MetricsLines lines = new MetricsLines(file);
        AtomicFile copy = AtomicFile.create(file)) {
      long last = 0;
      for (byte[] line = lines.next(); line != null; line = lines.next()) {
        last = requireLater(lines, MetricsLine.read(lines.place(), line), last);
        if (last > step) {
          cut = true;
          break;
        }
        copy.write(line);
        copy.write(new byte[] {'\n'});
      }
      if (cut || lines.tornBytes() > 0) {
        copy.commit();
      }
    }
  }

  /** Opens a file to add records at its end; makes it if needed, cuts a torn last line off. */
  public static MetricsFile append(Path file) {
    long whole = 0;
    if (Files.exists(file)) {
      try (MetricsLines lines = new MetricsLines(file)) {
        while (lines.next() != null) {
          whole = lines.wholeBytes();
        }
      }
    }
    FileChannel channel = null;
    try {
      channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      channel.truncate(whole);
      channel.position(whole);
      return new MetricsFile(file, channel);
    } catch (IOException e) {
      closeQuietly(channel, e);
      throw unwritable(file, e);
    }
  }

  /** Adds a record and hands it to the operating system before it returns. */
  public void append(StepRecord step) {
    byte[] line = (MetricsLine.write(step) + "\n").getBytes(StandardCharsets.UTF_8);
    if (line.length > MetricsLine.LONGEST) {
      throw new TrainException(
          "%s: step %d: expected a line of at most %d bytes, found %d"
              .formatted(file, step.step(), MetricsLine.LONGEST, line.length));
    }
    ByteBuffer bytes = ByteBuffer.wrap(line);
    try {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    } catch (IOException e) {
      throw unwritable(file, e);
    }
  }

  /** Waits until everything is on the disk. */
  public void force() {
    try {
      channel.force(true);
    } catch (IOException e) {
      throw unwritable(file, e);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw unwritable(file, e);
    }
  }

  private static long requireLater(MetricsLines lines, StepRecord step, long last) {
    if (step.step() <= last) {
      throw new TrainException(
          "%s: step: expected a step after %d, found %d"
              .formatted(lines.place(), last, step.step()));
    }
    return step.step();
  }

  private static void closeQuietly(@Nullable FileChannel channel, IOException cause) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        cause.addSuppressed(e);
      }
    }
  }

  private static TrainException unwritable(Path file, IOException e) {
    return new TrainException(file + ": cannot be written: " + e.getMessage(), e);
  }
}
