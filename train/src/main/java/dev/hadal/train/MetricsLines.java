package dev.hadal.train;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Cuts a file into lines of bounded length and tells a last line that has no end. */
final class MetricsLines implements AutoCloseable {
  private static final int BUFFER = 1 << 16;

  private final Path file;
  private final InputStream stream;
  private long number;
  private long wholeBytes;
  private int tornBytes;

  MetricsLines(Path file) {
    this.file = file;
    try {
      this.stream = new BufferedInputStream(Files.newInputStream(file), BUFFER);
    } catch (NoSuchFileException e) {
      throw new TrainException(file + ": there is no such file", e);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /** The next whole line without its end; null at the end of the file or at a torn line. */
  byte @Nullable [] next() {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    try {
      int value = stream.read();
      while (value >= 0 && value != '\n') {
        if (line.size() == MetricsLine.LONGEST) {
          number++;
          throw new TrainException(
              "%s: expected a line of at most %d bytes".formatted(place(), MetricsLine.LONGEST));
        }
        line.write(value);
        value = stream.read();
      }
      if (value < 0) {
        tornBytes = line.size();
        return null;
      }
    } catch (IOException e) {
      throw unreadable(e);
    }
    number++;
    wholeBytes += line.size() + 1L;
    return line.toByteArray();
  }

  /** File and number of the line that {@link #next} gave, for messages. */
  String place() {
    return file + " line " + number;
  }

  /** Bytes of the whole lines so far, ends included. */
  long wholeBytes() {
    return wholeBytes;
  }

  /** Bytes of a last line without an end; known once {@link #next} gave null. */
  int tornBytes() {
    return tornBytes;
  }

  private TrainException unreadable(IOException e) {
    return new TrainException(file + ": cannot be read: " + e.getMessage(), e);
  }

  @Override
  public void close() {
    try {
      stream.close();
    } catch (IOException e) {
      throw unreadable(e);
    }
  }
}
