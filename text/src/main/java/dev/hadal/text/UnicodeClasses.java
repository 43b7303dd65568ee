package dev.hadal.text;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * The character classes that pre-tokenizer patterns name: general categories {@code \p{L}} with its
 * five kinds, {@code \p{M}}, {@code \p{N}}, {@code \p{P}}, {@code \p{S}}, white space {@code \s},
 * word characters {@code \w} and the script {@code \p{Han}}, of Unicode 16.0.
 *
 * <p>The classes come from a table in this module and not from the running JDK: token ids must not
 * change because a newer Unicode gave a code point another category. The table lists runs of equal
 * code points; it is unfolded into blocks of 256 entries, equal blocks shared.
 */
final class UnicodeClasses {
  static final int LETTER = 1;
  static final int MARK = 2;
  static final int NUMBER = 4;
  static final int PUNCTUATION = 8;
  static final int SYMBOL = 16;
  static final int SPACE = 32;
  static final int WORD = 64;
  static final int LINE_BREAK = 128;
  static final int UPPERCASE = 256;
  static final int LOWERCASE = 512;
  static final int TITLECASE = 1024;
  static final int MODIFIER = 2048;
  static final int CASELESS = 4096;
  static final int HAN = 8192;

  /** The letters that stand for the classes in the table, in the order of their bits. */
  static final String LETTERS = "LMNPSswbultmoh";

  /**
   * The table's name. Each line: first code point of a run in hexadecimal, blank, its classes or a
   * dot.
   */
  static final String TABLE = "unicode-16.0.txt";

  private static final int CODE_POINTS = 0x110000;
  private static final int BLOCK = 256;
  private static final UnicodeClasses INSTANCE = new UnicodeClasses(readTable());

  private final char[] blockOf = new char[CODE_POINTS / BLOCK];
  private final char[] classes;

  private UnicodeClasses(char[] flat) {
    Map<String, Integer> known = new HashMap<>();
    char[] blocks = new char[flat.length];
    for (int block = 0; block < blockOf.length; block++) {
      String content = new String(flat, block * BLOCK, BLOCK);
      Integer same = known.putIfAbsent(content, known.size());
      int index = same == null ? known.size() - 1 : same;
      System.arraycopy(flat, block * BLOCK, blocks, index * BLOCK, BLOCK);
      blockOf[block] = (char) index;
    }
    classes = Arrays.copyOf(blocks, known.size() * BLOCK);
  }

  static UnicodeClasses instance() {
    return INSTANCE;
  }

  /** The classes of a code point, a sum of the constants above; 0 for none of them. */
  int of(int codePoint) {
    return classes[blockOf[codePoint >>> 8] * BLOCK + (codePoint & 0xFF)];
  }

  /** The classes of the first 128 code points. */
  char[] ascii() {
    return Arrays.copyOf(classes, 128);
  }

  private static char[] readTable() {
    char[] flat = new char[CODE_POINTS];
    try (InputStream file = UnicodeClasses.class.getResourceAsStream(TABLE)) {
      if (file == null) {
        throw new IllegalStateException(TABLE + " is missing from the module");
      }
      var lines =
          new BufferedReader(new InputStreamReader(file, StandardCharsets.US_ASCII))
              .lines()
              .filter(line -> !line.startsWith("#"))
              .toList();
      int end = CODE_POINTS;
      for (String line : lines.reversed()) {
        int blank = line.indexOf(' ');
        int first = Integer.parseInt(line, 0, blank, 16);
        int bits = 0;
        for (int i = blank + 1; i < line.length(); i++) {
          int bit = LETTERS.indexOf(line.charAt(i));
          bits |= bit < 0 ? 0 : 1 << bit;
        }
        Arrays.fill(flat, first, end, (char) bits);
        end = first;
      }
      return flat;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
