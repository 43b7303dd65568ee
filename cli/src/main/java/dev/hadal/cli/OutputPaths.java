package dev.hadal.cli;

import java.nio.file.Files;
import java.nio.file.Path;

/** Finds out before long work whether its result can be put where it is wanted. */
final class OutputPaths {
  private OutputPaths() {}

  /** Fails unless a file can be written there. */
  static void requireFile(String option, Path file) {
    Path folder = file.toAbsolutePath().getParent();
    if (file.getFileName() == null || Files.isDirectory(file)) {
      throw new UsageException("%s: expected a file, found the folder %s".formatted(option, file));
    }
    if (folder == null || !Files.isDirectory(folder)) {
      throw new UsageException("%s: there is no folder %s".formatted(option, folder));
    }
    if (!Files.isWritable(folder)) {
      throw new UsageException("%s: the folder %s cannot be written".formatted(option, folder));
    }
  }

  /** Fails unless the folder is there or can be made. */
  static void requireFolder(String option, Path folder) {
    for (Path path = folder.toAbsolutePath(); path != null; path = path.getParent()) {
      if (Files.exists(path)) {
        if (!Files.isDirectory(path) || !Files.isWritable(path)) {
          throw new UsageException(
              "%s: expected a folder that can be written, found %s".formatted(option, path));
        }
        return;
      }
    }
  }
}
