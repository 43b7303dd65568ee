package dev.hadal.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/**
 * A collection of texts, read one at a time by number. Numbers follow the order of names (of lines
 * in a JSONL file), so they do not depend on the machine. Any number of threads may read.
 *
 * <ul>
 *   <li>A folder: every file below it that is text (no zero byte among the first 8,000 bytes and at
 *       most a tenth of the characters not UTF-8). Symbolic links, files and folders whose names
 *       begin with a dot, empty files and other bytes are skipped and counted.
 *   <li>A zip file: its entries by the same rule; of a JDK's src.zip the {@code .java} files.
 *   <li>A {@code .jsonl} file: the field {@code text} of the object on each line, named by its
 *       field {@code path} or {@code name} or else "file:line".
 *   <li>Any other file: one text.
 * </ul>
 */
public sealed interface Corpus extends AutoCloseable
    permits FolderCorpus, ZipCorpus, JsonLinesCorpus, DividedCorpus {

  /** The most bytes of one document; what is longer is refused rather than read. */
  long LONGEST_DOCUMENT = 64L << 20;

  /** The most documents. */
  int MOST_DOCUMENTS = 1 << 24;

  /**
   * Opens a corpus of any kind. Texts are not read yet, but a JSONL file is checked as a whole.
   *
   * @throws TrainException if there is no such file, no text in it, or it is damaged
   */
  static Corpus open(Path path) {
    if (!Files.exists(path)) {
      throw new TrainException(
          "corpus: %s: there is no such file or folder; name a folder, a zip or a .jsonl file"
              .formatted(path));
    }
    Corpus corpus;
    if (Files.isDirectory(path)) {
      corpus = FolderCorpus.open(path);
    } else if (path.toString().toLowerCase(Locale.ROOT).endsWith(".jsonl")) {
      corpus = JsonLinesCorpus.open(path);
    } else if (isZip(path)) {
      corpus = ZipCorpus.open(path);
    } else {
      corpus = FolderCorpus.ofFile(path);
    }
    if (corpus.size() == 0) {
      corpus.close();
      throw new TrainException(
          "corpus: %s: expected text, found none%s".formatted(path, describe(corpus.skipped())));
    }
    return corpus;
  }

  private static boolean isZip(Path path) {
    try (var in = Files.newInputStream(path)) {
      byte[] start = in.readNBytes(4);
      boolean signed = start.length == 4 && start[0] == 'P' && start[1] == 'K';
      return signed || path.toString().toLowerCase(Locale.ROOT).endsWith(".zip");
    } catch (IOException e) {
      throw reading(path.toString(), e);
    }
  }

  private static String describe(Map<String, Long> skipped) {
    return skipped.isEmpty() ? "" : " (skipped: " + skipped + ")";
  }

  /** An I/O failure as a sentence. */
  static TrainException reading(String what, IOException cause) {
    String why = cause.getMessage();
    return new TrainException(
        "corpus: %s: cannot be read: %s"
            .formatted(what, why == null ? cause.getClass().getSimpleName() : why),
        cause);
  }

  /** How many documents. */
  int size();

  /** The name of a document, different from all others. */
  String name(int document);

  /** How many bytes a document takes in the corpus, known without reading it. */
  long bytes(int document);

  /**
   * Reads a document.
   *
   * @throws TrainException if it cannot be read or is no longer what it was
   */
  Document read(int document);

  /** What was left out and how often, such as "binary file": 3. */
  Map<String, Long> skipped();

  /** SHA-256 of what the corpus holds, as far as that is known without reading every text. */
  String fingerprint();

  /** What was opened, for messages. */
  String description();

  /**
   * A corpus that can be divided into training and held-out documents: this one or, where it holds
   * a single document, that document's parts.
   */
  default Corpus divisible() {
    return size() == 1 ? DividedCorpus.of(this) : this;
  }

  @Override
  void close();
}
