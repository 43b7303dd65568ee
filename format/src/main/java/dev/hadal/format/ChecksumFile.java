package dev.hadal.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * SHA-256 hashes of files in a text file, as {@code sha256sum} of GNU coreutils writes them ({@code
 * HASH NAME} or {@code HASH *NAME} in each line; a line that begins with a backslash has escapes in
 * its name), or its {@code --tag} and BSD form ({@code SHA256 (NAME) = HASH}). Empty lines and
 * those that begin with # say nothing. A file that is one hash alone is that of the file after
 * which it is named.
 *
 * @param file what was read
 * @param hashes in lower case, by name; the name of a lone hash is empty
 */
public record ChecksumFile(Path file, Map<String, String> hashes) {
  private static final long LARGEST = 64 << 20;
  private static final String SUFFIX = ".sha256";
  private static final Pattern GNU = Pattern.compile("(\\\\?)([0-9a-fA-F]{64}) [ *](.+)");
  private static final Pattern BSD =
      Pattern.compile("(\\\\?)SHA256 \\((.+)\\) = ([0-9a-fA-F]{64})");
  private static final Pattern ESCAPE = Pattern.compile("\\\\(.?)");
  private static final Pattern LONE = Pattern.compile("[0-9a-fA-F]{64}");

  /** Copies the map. */
  public ChecksumFile {
    hashes = Collections.unmodifiableMap(new LinkedHashMap<>(hashes));
  }

  /** The names by which such files lie beside weights, for all files of a folder. */
  private static final String[] COMMON = {
    "SHA256SUMS", "SHA256SUMS.txt", "sha256sums.txt", "sha256sum.txt", "model.sha256"
  };

  /** The hash that a file of hashes beside a file states for it, and which file that is. */
  public record Stated(Path by, String sha256) {}

  /**
   * Looks beside a file for {@code NAME.sha256}, {@code SHA256SUMS} and the like. Where the file is
   * a symbolic link to one that has a hash for its name, as in the Hugging Face hub's cache, that
   * is what is stated.
   *
   * @throws FormatException if there is one that is none
   */
  public static Optional<Stated> beside(Path file) {
    String name = String.valueOf(file.getFileName());
    int dot = name.lastIndexOf('.');
    String stem = dot > 0 ? name.substring(0, dot) : name;
    for (String own : new String[] {name + SUFFIX, stem + SUFFIX}) {
      Path path = file.resolveSibling(own);
      if (Files.isRegularFile(path)) {
        Map<String, String> hashes = read(path).hashes;
        String hash = hashes.getOrDefault(name, hashes.get(""));
        if (hash != null) {
          return Optional.of(new Stated(path, hash));
        }
      }
    }
    for (String common : COMMON) {
      Path path = file.resolveSibling(common);
      if (Files.isRegularFile(path)) {
        String hash = read(path).hashes.get(name);
        if (hash != null) {
          return Optional.of(new Stated(path, hash));
        }
      }
    }
    return linked(file);
  }

  private static Optional<Stated> linked(Path file) {
    if (!Files.isSymbolicLink(file)) {
      return Optional.empty();
    }
    try {
      Path real = file.toRealPath();
      String name = String.valueOf(real.getFileName());
      return LONE.matcher(name).matches()
          ? Optional.of(new Stated(real, name.toLowerCase(Locale.ROOT)))
          : Optional.empty();
    } catch (IOException e) {
      throw FormatException.reading(file, e);
    }
  }

  /**
   * Reads a file.
   *
   * @throws FormatException if it is none, naming the line
   */
  public static ChecksumFile read(Path file) {
    try {
      if (Files.size(file) > LARGEST) {
        throw new FormatException(
            "%s: expected at most %d bytes of hashes, found %d"
                .formatted(file, LARGEST, Files.size(file)));
      }
      return parse(file, Files.readAllBytes(file));
    } catch (IOException e) {
      throw FormatException.reading(file, e);
    }
  }

  /** Reads a file's bytes. */
  static ChecksumFile parse(Path file, byte[] bytes) {
    String[] lines = text(file, bytes).split("\r?\n", -1);
    Map<String, String> hashes = new LinkedHashMap<>();
    for (int i = 0; i < lines.length; i++) {
      String line = lines[i];
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      String place = "%s: line %d".formatted(file, i + 1);
      Matcher gnu = GNU.matcher(line);
      Matcher bsd = BSD.matcher(line);
      String name;
      String hash;
      if (gnu.matches()) {
        name = name(place, gnu.group(3), !gnu.group(1).isEmpty());
        hash = gnu.group(2);
      } else if (bsd.matches()) {
        name = name(place, bsd.group(2), !bsd.group(1).isEmpty());
        hash = bsd.group(3);
      } else if (LONE.matcher(line.strip()).matches()) {
        name = "";
        hash = line.strip();
      } else {
        throw new FormatException(
            "%s: expected a hash of 64 hexadecimal digits and a name, found %s"
                .formatted(place, Quoting.quote(line)));
      }
      String before = hashes.put(name, hash.toLowerCase(Locale.ROOT));
      if (before != null && !before.equalsIgnoreCase(hash)) {
        throw new FormatException(
            "%s: expected one hash of %s, found a second"
                .formatted(place, name.isEmpty() ? "one file" : Quoting.quote(name)));
      }
    }
    return new ChecksumFile(file, hashes);
  }

  private static String text(Path file, byte[] bytes) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes))
          .toString();
    } catch (CharacterCodingException e) {
      throw new FormatException(file + ": expected UTF-8 text, found other bytes", e);
    }
  }

  private static String name(String place, String written, boolean escaped) {
    String name = escaped ? unescaped(place, written) : written;
    return name.startsWith("./") ? name.substring(2) : name;
  }

  private static String unescaped(String place, String written) {
    return ESCAPE
        .matcher(written)
        .replaceAll(
            escape ->
                switch (escape.group(1)) {
                  case "\\" -> "\\\\";
                  case "n" -> "\n";
                  case "r" -> "\r";
                  default ->
                      throw new FormatException(
                          "%s: expected \\\\, \\n or \\r in an escaped name, found %s"
                              .formatted(place, Quoting.quote(written)));
                });
  }
}
