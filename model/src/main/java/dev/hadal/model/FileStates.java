package dev.hadal.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Files as they are now: places, sizes and times. */
final class FileStates {
  private FileStates() {}

  static String of(List<Path> files) {
    StringBuilder states = new StringBuilder();
    for (Path file : files) {
      try {
        Path real = file.toRealPath();
        states
            .append(real)
            .append(' ')
            .append(Files.size(real))
            .append(' ')
            .append(Files.getLastModifiedTime(real))
            .append('\n');
      } catch (IOException e) {
        throw new ModelException(file + ": cannot be read: " + e.getMessage(), e);
      }
    }
    return states.toString();
  }
}
