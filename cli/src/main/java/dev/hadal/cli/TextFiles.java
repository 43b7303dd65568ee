package dev.hadal.cli;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whole texts that a command is given. */
final class TextFiles {
  private static final long MOST_BYTES = 256L << 20;

  private TextFiles() {}

  /** A file's text, at most 256 MiB of UTF-8; of {@code -} what is on standard input. */
  static String read(Console console, Path file) {
    if (file.toString().equals("-")) {
      return console.readText();
    }
    try {
      if (!Files.isRegularFile(file)) {
        throw new InputException(file + ": expected a text file, found none");
      }
      if (Files.size(file) > MOST_BYTES) {
        throw new InputException(
            "%s: expected at most %d bytes, found %d"
                .formatted(file, MOST_BYTES, Files.size(file)));
      }
      return Files.readString(file);
    } catch (CharacterCodingException e) {
      throw new InputException(file + ": expected UTF-8 text, found other bytes", e);
    } catch (IOException e) {
      throw new InputException("%s: cannot be read: %s".formatted(file, e.getMessage()), e);
    }
  }
}
