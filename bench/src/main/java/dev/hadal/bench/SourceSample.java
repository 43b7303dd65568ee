package dev.hadal.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** The Java sources that JDKs bring along. */
final class SourceSample {
  private static final Path JVMS = Path.of("/usr/lib/jvm");

  private SourceSample() {}

  /** Every {@code lib/src.zip}: that of the running JDK first, then by path. */
  static List<Path> find() {
    List<Path> homes = new ArrayList<>();
    homes.add(Path.of(System.getProperty("java.home")));
    if (Files.isDirectory(JVMS)) {
      List<Path> others = new ArrayList<>();
      try (DirectoryStream<Path> folder = Files.newDirectoryStream(JVMS)) {
        folder.forEach(others::add);
      } catch (IOException e) {
        others.clear();
      }
      others.sort(null);
      homes.addAll(others);
    }
    return homes.stream()
        .map(home -> home.resolve("lib").resolve("src.zip"))
        .filter(Files::isReadable)
        .map(SourceSample::real)
        .distinct()
        .toList();
  }

  private static Path real(Path file) {
    try {
      return file.toRealPath();
    } catch (IOException e) {
      return file;
    }
  }

  /** Every fourth file in the order of names, until there are so many bytes. */
  static List<String> everyFourth(Path zip, double bytes) {
    try (ZipFile file = new ZipFile(zip.toFile())) {
      List<String> names =
          file.stream()
              .map(ZipEntry::getName)
              .filter(name -> name.endsWith(".java"))
              .sorted()
              .toList();
      List<String> documents = new ArrayList<>();
      double size = 0;
      for (int i = 0; i < names.size() && size <= bytes; i += 4) {
        byte[] utf8 = file.getInputStream(file.getEntry(names.get(i))).readAllBytes();
        documents.add(new String(utf8, StandardCharsets.UTF_8));
        size += utf8.length;
      }
      return documents;
    } catch (IOException e) {
      throw new BenchException("%s: %s".formatted(zip, e.getMessage()), e);
    }
  }
}
