package dev.hadal.cli;

import dev.hadal.text.TextException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;

/** The texts of plain files and folders, one document a file, read as they are asked for. */
final class Documents implements Iterable<String> {
  private final List<Path> files;
  private final List<Path> given;
  private long characters;
  private long count;

  private Documents(List<Path> files, List<Path> given) {
    this.files = files;
    this.given = given;
  }

  static Documents of(List<Path> paths) {
    List<Path> files = new ArrayList<>();
    for (Path path : paths) {
      if (!Files.exists(path)) {
        throw new InputException(path + ": there is no such file or folder");
      }
      try (Stream<Path> inside = Files.walk(path)) {
        inside.filter(Files::isRegularFile).sorted().forEach(files::add);
      } catch (IOException e) {
        throw new InputException(path + ": cannot be read: " + e.getMessage(), e);
      }
    }
    return new Documents(files, paths);
  }

  @Override
  public Iterator<String> iterator() {
    Iterator<Path> left = files.iterator();
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return left.hasNext();
      }

      @Override
      public String next() {
        Path file = left.next();
        try {
          String text = Files.readString(file, StandardCharsets.UTF_8);
          characters += text.length();
          count++;
          return text;
        } catch (IOException e) {
          throw new TextException("%s: expected UTF-8 text: %s".formatted(file, e.getMessage()), e);
        }
      }
    };
  }

  /** Fails if there was no text at all. */
  void requireText() {
    if (characters == 0) {
      throw new InputException("%s: expected text, found none".formatted(given));
    }
  }

  long characters() {
    return characters;
  }

  long count() {
    return count;
  }
}
