package dev.hadal.train;

import dev.hadal.format.Hasher;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The parts of a single document, each a document: of a text that stands alone, some part must be
 * held out. Parts end at line ends where they can and have about 64 KiB, less in a short text, so
 * that there are about twenty.
 */
final class DividedCorpus implements Corpus {
  private static final int LONGEST_PART = 64 << 10;
  private static final int SHORTEST_PART = 256;
  private static final int PARTS = 20;

  private final Corpus whole;
  private final String name;
  private final List<String> parts;
  private final long replaced;

  private DividedCorpus(Corpus whole, String name, List<String> parts, long replaced) {
    this.whole = whole;
    this.name = name;
    this.parts = parts;
    this.replaced = replaced;
  }

  /** Divides a corpus of one document, which the result closes. */
  static DividedCorpus of(Corpus single) {
    Document document = single.read(0);
    String text = document.text();
    int length = Math.clamp(text.length() / PARTS, SHORTEST_PART, LONGEST_PART);
    List<String> parts = new ArrayList<>();
    for (int from = 0; from < text.length(); ) {
      int to = cut(text, from, length);
      parts.add(text.substring(from, to));
      from = to;
    }
    if (parts.size() < 2) {
      throw new TrainException(
          "corpus: %s: expected two documents or more, or one of more than %d characters, found one of %d"
              .formatted(single.description(), SHORTEST_PART, text.length()));
    }
    return new DividedCorpus(single, document.name(), List.copyOf(parts), document.replaced());
  }

  /**
   * Where a part ends that begins at {@code from}: after the last line feed in the second half of
   * {@code length} characters, or else between two characters.
   */
  static int cut(String text, int from, int length) {
    if (text.length() - from <= length) {
      return text.length();
    }
    int line = text.lastIndexOf('\n', from + length - 1) + 1;
    if (line > from + length / 2) {
      return line;
    }
    int to = from + length;
    boolean inside =
        Character.isHighSurrogate(text.charAt(to - 1)) && Character.isLowSurrogate(text.charAt(to));
    return inside ? to + 1 : to;
  }

  @Override
  public int size() {
    return parts.size();
  }

  @Override
  public String name(int document) {
    return name + "#" + (document + 1);
  }

  @Override
  public long bytes(int document) {
    return parts.get(document).length();
  }

  @Override
  public Document read(int document) {
    String text = parts.get(document);
    long bytes = text.getBytes(StandardCharsets.UTF_8).length;
    // Which part the replaced bytes were in is not known; they are counted once.
    return new Document(name(document), text, bytes, document == 0 ? replaced : 0);
  }

  @Override
  public Map<String, Long> skipped() {
    return whole.skipped();
  }

  @Override
  public String fingerprint() {
    return new Hasher().update("divided").update(whole.fingerprint()).hex();
  }

  @Override
  public String description() {
    return whole.description();
  }

  @Override
  public void close() {
    whole.close();
  }
}
