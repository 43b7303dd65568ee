package dev.hadal.format;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Bytes that this module reads are not what their format asks for, or cannot be read or kept. */
public class FormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** An exception with one sentence: what was wrong, where, what was expected, what to do. */
  public FormatException(String message) {
    super(message);
  }

  /** The same, with the failure underneath. */
  public FormatException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  static FormatException reading(Path file, IOException cause) {
    return cause instanceof NoSuchFileException
        ? new FormatException(file + ": there is no such file", cause)
        : new FormatException(file + ": cannot be read: " + reason(file, cause), cause);
  }

  static FormatException writing(Path file, IOException cause) {
    return new FormatException(file + ": cannot be written: " + reason(file, cause), cause);
  }

  private static String reason(Path file, IOException cause) {
    String text = cause.getMessage();
    return text == null || text.equals(file.toString()) ? cause.getClass().getSimpleName() : text;
  }
}
