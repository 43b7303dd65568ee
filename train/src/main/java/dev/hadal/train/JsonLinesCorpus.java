package dev.hadal.train;

import dev.hadal.format.FormatException;
import dev.hadal.format.Hasher;
import dev.hadal.format.Json;
import dev.hadal.format.JsonLimits;
import dev.hadal.format.JsonObject;
import dev.hadal.format.JsonString;
import dev.hadal.format.JsonValue;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The texts in a file of one JSON object a line (jsonlines.org). The whole file is read once when
 * it is opened, so that a bad line is known by its number before anything is trained; texts are
 * read again when they are asked for.
 */
final class JsonLinesCorpus implements Corpus {
  private static final int LONGEST = Math.toIntExact(LONGEST_DOCUMENT);
  private static final JsonLimits LIMITS = new JsonLimits(LONGEST, 64, LONGEST, 4096, 1 << 20);
  private static final int BUFFER = 1 << 18;

  private final Path file;
  private final List<Line> lines;
  private final Map<String, Long> skipped;
  private final String fingerprint;

  /** A line that holds a text. */
  private record Line(String name, long number, long start, int length) {}

  private JsonLinesCorpus(
      Path file, List<Line> lines, Map<String, Long> skipped, String fingerprint) {
    this.file = file;
    this.lines = lines;
    this.skipped = skipped;
    this.fingerprint = fingerprint;
  }

  static JsonLinesCorpus open(Path file) {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), BUFFER)) {
      return read(file, in);
    } catch (IOException e) {
      throw Corpus.reading(file.toString(), e);
    }
  }

  /** Finds and checks the lines. */
  static JsonLinesCorpus read(Path file, InputStream in) throws IOException {
    Map<String, Long> skipped = new TreeMap<>();
    List<Line> lines = new ArrayList<>();
    Set<String> names = new HashSet<>();
    Hasher hasher = new Hasher().update("jsonl");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    long start = 0;
    for (long number = 1; readLine(in, bytes, file, number); number++) {
      byte[] line = bytes.toByteArray();
      hasher.update((long) line.length).update(line);
      String text = new String(line, StandardCharsets.UTF_8);
      if (text.isBlank()) {
        skipped.merge("empty line", 1L, Long::sum);
      } else {
        JsonObject object = parse(file, number, text);
        String name = name(file, number, object);
        if (text(file, number, object).isEmpty()) {
          skipped.merge("empty text", 1L, Long::sum);
        } else {
          // Names tell documents apart; of equal ones the later are told by their lines.
          String unique = name;
          while (!names.add(unique)) {
            unique += "#" + number;
          }
          lines.add(new Line(unique, number, start, line.length));
        }
      }
      if (lines.size() > MOST_DOCUMENTS) {
        throw new TrainException(
            "corpus: %s: expected at most %d lines, found more".formatted(file, MOST_DOCUMENTS));
      }
      start += line.length + 1L;
    }
    return new JsonLinesCorpus(file, List.copyOf(lines), skipped, hasher.hex());
  }

  /** Reads up to the next line feed; false at the end of the file. */
  private static boolean readLine(
      InputStream in, ByteArrayOutputStream line, Path file, long number) throws IOException {
    line.reset();
    int next = in.read();
    if (next < 0) {
      return false;
    }
    for (; next >= 0 && next != '\n'; next = in.read()) {
      if (line.size() == LONGEST) {
        throw new TrainException(
            "corpus: %s: line %d: expected at most %d bytes, found more"
                .formatted(file, number, LONGEST));
      }
      line.write(next);
    }
    return true;
  }

  private static JsonObject parse(Path file, long number, String line) {
    String where = "corpus: %s: line %d".formatted(file, number);
    // Some editors put a byte order mark in front.
    String json = number == 1 && line.startsWith("\uFEFF") ? line.substring(1) : line;
    JsonValue value;
    try {
      value = Json.parse(where, json, LIMITS);
    } catch (FormatException e) {
      throw new TrainException(String.valueOf(e.getMessage()), e);
    }
    if (value instanceof JsonObject object) {
      return object;
    }
    throw new TrainException(where + ": expected an object with the field \"text\"");
  }

  private static String text(Path file, long number, JsonObject object) {
    if (object.find("text").orElse(null) instanceof JsonString(String text)) {
      return text;
    }
    throw new TrainException(
        "corpus: %s: line %d: text: expected a string, found %s"
            .formatted(file, number, object.has("text") ? "another value" : "no such field"));
  }

  private static String name(Path file, long number, JsonObject object) {
    for (String field : List.of("path", "name")) {
      if (object.find(field).orElse(null) instanceof JsonString(String name) && !name.isEmpty()) {
        return name;
      }
    }
    return file.getFileName() + ":" + number;
  }

  @Override
  public int size() {
    return lines.size();
  }

  @Override
  public String name(int document) {
    return lines.get(document).name();
  }

  @Override
  public long bytes(int document) {
    return lines.get(document).length();
  }

  @Override
  public Document read(int document) {
    Line line = lines.get(document);
    ByteBuffer bytes = ByteBuffer.allocate(line.length());
    // A channel of its own: an interrupted reader closes only its own.
    try (var channel = Files.newByteChannel(file, StandardOpenOption.READ)) {
      channel.position(line.start());
      while (bytes.hasRemaining() && channel.read(bytes) >= 0) {}
    } catch (IOException e) {
      throw Corpus.reading(file.toString(), e);
    }
    Document raw = TextBytes.document(line.name(), bytes.array());
    String text = text(file, line.number(), parse(file, line.number(), raw.text()));
    long length = text.getBytes(StandardCharsets.UTF_8).length;
    return new Document(line.name(), text, length, raw.replaced());
  }

  @Override
  public Map<String, Long> skipped() {
    return skipped;
  }

  @Override
  public String fingerprint() {
    return fingerprint;
  }

  @Override
  public String description() {
    return file.toString();
  }

  @Override
  public void close() {}
}
