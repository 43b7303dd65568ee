package dev.hadal.train;

import dev.hadal.format.Hasher;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** The text files below a folder, or one text file. */
final class FolderCorpus implements Corpus {
  private final Path root;
  private final List<Entry> entries;
  private final Map<String, Long> skipped;

  /** A file as it was when the corpus was opened. */
  private record Entry(String name, Path path, long bytes, long modified) {}

  private FolderCorpus(Path root, List<Entry> entries, Map<String, Long> skipped) {
    this.root = root;
    this.entries = entries;
    this.skipped = skipped;
  }

  static FolderCorpus open(Path folder) {
    Scan scan = new Scan(folder);
    try {
      // The folder itself may be named through a link; links inside it are not followed.
      Files.walkFileTree(folder.toRealPath(), scan);
    } catch (IOException e) {
      throw Corpus.reading(folder.toString(), e);
    }
    scan.entries.sort(Comparator.comparing(Entry::name));
    return new FolderCorpus(folder, List.copyOf(scan.entries), scan.skipped);
  }

  static FolderCorpus ofFile(Path file) {
    Scan scan = new Scan(file);
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      scan.add(String.valueOf(file.getFileName()), file, attributes);
    } catch (IOException e) {
      throw Corpus.reading(file.toString(), e);
    }
    return new FolderCorpus(file, List.copyOf(scan.entries), scan.skipped);
  }

  /** Collects text files. */
  private static final class Scan extends SimpleFileVisitor<Path> {
    private final Path shown;
    private final List<Entry> entries = new ArrayList<>();
    private final Map<String, Long> skipped = new TreeMap<>();
    private Path root = Path.of("");
    private boolean started;

    Scan(Path shown) {
      this.shown = shown;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
      if (!started) {
        started = true;
        root = folder;
      } else if (isHidden(folder)) {
        skip("hidden folder");
        return FileVisitResult.SKIP_SUBTREE;
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      if (isHidden(file)) {
        skip("hidden file");
      } else if (attributes.isSymbolicLink()) {
        skip("symbolic link");
      } else {
        String name = root.relativize(file).toString().replace('\\', '/');
        add(name, file, attributes);
      }
      return FileVisitResult.CONTINUE;
    }

    void add(String name, Path file, BasicFileAttributes attributes) throws IOException {
      if (!attributes.isRegularFile()) {
        skip("special file");
      } else if (attributes.size() == 0) {
        skip("empty file");
      } else if (!isText(file)) {
        skip("binary file");
      } else if (attributes.size() > LONGEST_DOCUMENT) {
        throw new TrainException(
            "corpus: %s: expected texts of at most %d bytes, found %d in %s; cut it or make it a .jsonl file"
                .formatted(shown, LONGEST_DOCUMENT, attributes.size(), name));
      } else if (entries.size() == MOST_DOCUMENTS) {
        throw new TrainException(
            "corpus: %s: expected at most %d files, found more".formatted(shown, MOST_DOCUMENTS));
      } else {
        long modified = attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS);
        entries.add(new Entry(name, file, attributes.size(), modified));
      }
    }

    private void skip(String what) {
      skipped.merge(what, 1L, Long::sum);
    }

    private static boolean isHidden(Path path) {
      return String.valueOf(path.getFileName()).startsWith(".");
    }

    private static boolean isText(Path file) throws IOException {
      try (InputStream in = Files.newInputStream(file)) {
        return TextBytes.isText(in.readNBytes(TextBytes.SNIFFED));
      }
    }
  }

  @Override
  public int size() {
    return entries.size();
  }

  @Override
  public String name(int document) {
    return entries.get(document).name();
  }

  @Override
  public long bytes(int document) {
    return entries.get(document).bytes();
  }

  @Override
  public Document read(int document) {
    Entry entry = entries.get(document);
    boolean inside = !entry.path().equals(root);
    LinkOption[] links = inside ? new LinkOption[] {LinkOption.NOFOLLOW_LINKS} : new LinkOption[0];
    try (InputStream in = Files.newInputStream(entry.path(), links)) {
      byte[] bytes = in.readNBytes(Math.toIntExact(entry.bytes()));
      if (bytes.length != entry.bytes() || in.read() >= 0) {
        throw new TrainException(
            "corpus: %s: expected %d bytes, as when the corpus was opened, found another number; do not change a corpus in use"
                .formatted(entry.path(), entry.bytes()));
      }
      return TextBytes.document(entry.name(), bytes);
    } catch (IOException e) {
      throw Corpus.reading(entry.path().toString(), e);
    }
  }

  @Override
  public Map<String, Long> skipped() {
    return skipped;
  }

  @Override
  public String fingerprint() {
    Hasher hasher = new Hasher().update("folder");
    for (Entry entry : entries) {
      hasher.update(entry.name()).update(entry.bytes()).update(entry.modified());
    }
    return hasher.hex();
  }

  @Override
  public String description() {
    return root.toString();
  }

  @Override
  public void close() {}
}
