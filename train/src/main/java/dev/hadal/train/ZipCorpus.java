package dev.hadal.train;

import dev.hadal.format.Hasher;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Enumeration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * The text files in a zip file. Names are labels, never paths, so they cannot lead anywhere; no
 * entry gives more bytes than the directory says, so a small file cannot fill the memory.
 */
final class ZipCorpus implements Corpus {
  /** The entry that tells a JDK's src.zip, since Java 9 and before. */
  private static final List<String> JDK =
      List.of("java.base/java/lang/Object.java", "java/lang/Object.java");

  private final Path file;
  private final ZipFile zip;
  private final List<ZipEntry> entries;
  private final Map<String, Long> skipped;

  private ZipCorpus(Path file, ZipFile zip, List<ZipEntry> entries, Map<String, Long> skipped) {
    this.file = file;
    this.zip = zip;
    this.entries = entries;
    this.skipped = skipped;
  }

  static ZipCorpus open(Path file) {
    ZipFile zip;
    try {
      zip = new ZipFile(file.toFile(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new TrainException(
          "corpus: %s: expected a zip file, found a damaged one: %s"
              .formatted(file, e.getMessage()),
          e);
    }
    try {
      Map<String, Long> skipped = new TreeMap<>();
      return new ZipCorpus(file, zip, list(file, zip, skipped), skipped);
    } catch (RuntimeException e) {
      close(file, zip);
      throw e;
    }
  }

  private static List<ZipEntry> list(Path file, ZipFile zip, Map<String, Long> skipped) {
    boolean jdk = JDK.stream().anyMatch(name -> zip.getEntry(name) != null);
    List<ZipEntry> entries = new ArrayList<>();
    Set<String> names = new HashSet<>();
    Enumeration<? extends ZipEntry> all = zip.entries();
    while (all.hasMoreElements()) {
      ZipEntry entry = all.nextElement();
      if (entry.isDirectory()) {
        continue;
      }
      String reason = reason(file, zip, entry, jdk);
      if (!reason.isEmpty()) {
        skipped.merge(reason, 1L, Long::sum);
      } else if (!names.add(entry.getName())) {
        skipped.merge("repeated name", 1L, Long::sum);
      } else {
        entries.add(entry);
      }
    }
    if (entries.size() > MOST_DOCUMENTS) {
      throw new TrainException(
          "corpus: %s: expected at most %d files, found %d"
              .formatted(file, MOST_DOCUMENTS, entries.size()));
    }
    entries.sort(Comparator.comparing(ZipEntry::getName));
    return List.copyOf(entries);
  }

  /** Why an entry is left out, or nothing. */
  private static String reason(Path file, ZipFile zip, ZipEntry entry, boolean jdk) {
    String name = entry.getName();
    if (jdk && !name.endsWith(".java")) {
      return "not Java source";
    }
    if (name.startsWith(".") || name.contains("/.") || name.startsWith("__MACOSX/")) {
      return "hidden file";
    }
    if (entry.getSize() == 0) {
      return "empty file";
    }
    if (!jdk && !isText(file, zip, entry)) {
      return "binary file";
    }
    if (entry.getSize() < 0 || entry.getSize() > LONGEST_DOCUMENT) {
      throw new TrainException(
          "corpus: %s: expected texts of at most %d bytes, found %d in %s"
              .formatted(file, LONGEST_DOCUMENT, entry.getSize(), printable(name)));
    }
    return "";
  }

  private static boolean isText(Path file, ZipFile zip, ZipEntry entry) {
    try (InputStream in = zip.getInputStream(entry)) {
      return TextBytes.isText(in.readNBytes(TextBytes.SNIFFED));
    } catch (IOException e) {
      throw damaged(file, entry, e);
    }
  }

  private static TrainException damaged(Path file, ZipEntry entry, IOException cause) {
    return new TrainException(
        "corpus: %s: entry %s: expected %d bytes of packed text, found a damaged entry: %s"
            .formatted(file, printable(entry.getName()), entry.getSize(), cause.getMessage()),
        cause);
  }

  private static String printable(String name) {
    return name.codePoints()
        .limit(120)
        .map(c -> Character.isISOControl(c) ? '?' : c)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  @Override
  public int size() {
    return entries.size();
  }

  @Override
  public String name(int document) {
    return entries.get(document).getName();
  }

  @Override
  public long bytes(int document) {
    return entries.get(document).getSize();
  }

  @Override
  public Document read(int document) {
    ZipEntry entry = entries.get(document);
    try (InputStream in = zip.getInputStream(entry)) {
      byte[] bytes = in.readNBytes(Math.toIntExact(entry.getSize() + 1));
      if (bytes.length != entry.getSize()) {
        throw new IOException("its length is not the one in the directory");
      }
      requireChecksum(entry, bytes);
      return TextBytes.document(entry.getName(), bytes);
    } catch (IOException e) {
      throw damaged(file, entry, e);
    }
  }

  /** {@link ZipFile} leaves the check to the reader. */
  private static void requireChecksum(ZipEntry entry, byte[] bytes) throws IOException {
    var crc = new java.util.zip.CRC32();
    crc.update(bytes);
    if (crc.getValue() != entry.getCrc()) {
      throw new IOException("its checksum is not the one in the directory");
    }
  }

  @Override
  public Map<String, Long> skipped() {
    return skipped;
  }

  @Override
  public String fingerprint() {
    Hasher hasher = new Hasher().update("zip");
    for (ZipEntry entry : entries) {
      hasher.update(entry.getName()).update(entry.getSize()).update(entry.getCrc());
    }
    return hasher.hex();
  }

  @Override
  public String description() {
    return file.toString();
  }

  @Override
  public void close() {
    close(file, zip);
  }

  private static void close(Path file, ZipFile zip) {
    try {
      zip.close();
    } catch (IOException e) {
      throw Corpus.reading(file.toString(), e);
    }
  }
}
