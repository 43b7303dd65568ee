package dev.hadal.format;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reads and writes JSON texts (RFC 8259, UTF-8 only). Reading is strict and bounded: {@link
 * JsonLimits} hold before memory is taken, a name that occurs twice in an object is refused (which
 * of the two counts differs from reader to reader), and nothing may follow the value.
 */
public final class Json {
  private static final char REPLACEMENT = '\uFFFD';

  private Json() {}

  /** The object in a file, within {@link JsonLimits#FILE}. */
  public static JsonObject readObject(Path file) {
    return readObject(file, JsonLimits.FILE);
  }

  /** The object in a file. */
  public static JsonObject readObject(Path file, JsonLimits limits) {
    return requireObject(read(file, limits), file.toString());
  }

  /** The object in a text; {@code name} stands for the file in messages. */
  public static JsonObject parseObject(String name, String text) {
    return requireObject(parse(name, text, JsonLimits.FILE), name);
  }

  /** The value in a file. */
  public static JsonValue read(Path file, JsonLimits limits) {
    return parse(file.toString(), readBytes(file, limits.bytes()), limits);
  }

  /** The value in UTF-8 bytes; {@code name} stands for the file in messages. */
  public static JsonValue parse(String name, byte[] utf8, JsonLimits limits) {
    if (utf8.length > limits.bytes()) {
      throw tooLong(name, utf8.length, limits.bytes());
    }
    return JsonReader.read(name, decode(name, utf8), utf8, limits);
  }

  /** The value in a text; {@code name} stands for the file in messages. */
  public static JsonValue parse(String name, String text, JsonLimits limits) {
    if (text.length() > limits.bytes()) {
      throw tooLong(name, text.length(), limits.bytes());
    }
    return JsonReader.read(name, text, limits);
  }

  /** The text of a value: members and nested containers on lines of their own, indented by two. */
  public static String pretty(JsonValue value) {
    return new JsonWriter(true).write(value) + "\n";
  }

  /** The text of a value on one line without spaces. */
  public static String compact(JsonValue value) {
    return new JsonWriter(false).write(value);
  }

  /** Writes {@link #pretty} text to the file: all of it or, after an error, nothing. */
  public static void write(Path file, JsonValue value) {
    AtomicFile.write(file, pretty(value).getBytes(StandardCharsets.UTF_8));
  }

  static String decode(String name, byte[] utf8) {
    String plain = new String(utf8, StandardCharsets.UTF_8);
    if (plain.length() == utf8.length && plain.indexOf(REPLACEMENT) < 0) {
      // A character for each byte, and none for a broken one: ASCII, as large files are.
      return plain;
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(utf8))
          .toString();
    } catch (CharacterCodingException e) {
      throw new FormatException(name + ": expected UTF-8 text, found other bytes", e);
    }
  }

  static byte[] readBytes(Path file, long limit) {
    try (InputStream stream = Files.newInputStream(file)) {
      long size = Files.size(file);
      if (size > limit) {
        throw tooLong(file.toString(), size, limit);
      }
      return stream.readNBytes(Math.toIntExact(size));
    } catch (IOException e) {
      throw FormatException.reading(file, e);
    }
  }

  static JsonObject requireObject(JsonValue value, Object name) {
    if (value instanceof JsonObject object) {
      return object;
    }
    throw new FormatException(name + ": expected a JSON object, found " + value.describe());
  }

  private static FormatException tooLong(String name, long found, long limit) {
    return new FormatException(
        "%s: expected a JSON text of at most %d bytes, found %d".formatted(name, limit, found));
  }
}
