package dev.hadal.text;

import java.util.List;
import java.util.Random;
import java.util.function.IntSupplier;

/** Random text that mixes what tokenizers stumble over. */
final class NastyText {
  private static final List<String> SNIPPETS =
      List.of(
          "<｜User｜>",
          "<｜begin▁of▁sentence｜>",
          "<think>",
          "</think>",
          "<｜User",
          "｜>",
          "  ",
          "\r\n",
          "\n\n",
          " \n ",
          "'s",
          "'S",
          "don't",
          "'RE",
          "x'lL",
          "I'\u017F",
          "ABCdEF",
          "A\u02B0B",
          "\u0301ABC",
          "\u01C5x",
          "\u3007\u3005",
          "\u2E80",
          "->",
          "public",
          "String",
          "//",
          "12345",
          "e\u0301",
          "👨‍👩‍👧",
          "\u3000",
          "·",
          "ー",
          "・",
          "゛");

  private final Random random;

  NastyText(long seed) {
    random = new Random(seed);
  }

  /**
   * The seed: from the system property hadal.seed, else new; printed so that it can be repeated.
   */
  static long seed(String test) {
    long seed = Long.getLong("hadal.seed", System.nanoTime());
    System.out.println(test + ": -Dhadal.seed=" + seed);
    return seed;
  }

  int below(int bound) {
    return random.nextInt(bound);
  }

  /** Well-formed Unicode text of up to so many parts. */
  String next(int parts) {
    StringBuilder text = new StringBuilder();
    for (int n = random.nextInt(parts + 1); n > 0; n--) {
      if (random.nextInt(8) == 0) {
        text.append(SNIPPETS.get(random.nextInt(SNIPPETS.size())));
      } else {
        int codePoint = codePoint();
        for (int repeats = random.nextInt(6) == 0 ? 4 : 1; repeats > 0; repeats--) {
          text.appendCodePoint(codePoint);
        }
      }
    }
    return text.toString();
  }

  private int codePoint() {
    List<IntSupplier> pools =
        List.of(
            () -> between(0x20, 0x7F),
            () -> between(0x20, 0x7F),
            () -> between(0, 0x20),
            () -> between('a', 'z'),
            () -> between('0', '9'),
            () -> " \n\t\r\u0085\u00A0\u2028\u200B\u001C\u3000".charAt(random.nextInt(10)),
            () -> ' ',
            () -> between(0x80, 0x250),
            () -> between(0x300, 0x370),
            () -> between(0x370, 0x700),
            () -> between(0x900, 0xE00),
            () -> between(0x1F00, 0x2100),
            () -> between(0x2100, 0x2C00),
            () -> between(0x3000, 0x3110),
            () -> between(0x4DF0, 0x4E10),
            () -> between(0x9F90, 0xA000),
            () -> between(0xAC00, 0xD7A4),
            () -> between(0xF900, 0xFFFF),
            () -> between(0x10000, 0x10FFFF),
            () -> between(0x1F100, 0x1FB00),
            () -> between('A', 'Z'),
            () -> between(0x1E00, 0x2000),
            () -> between(0x2E80, 0x3030),
            () -> between(0xA640, 0xABC0),
            () -> between(0x10400, 0x10500));
    int codePoint;
    do {
      codePoint = pools.get(random.nextInt(pools.size())).getAsInt();
    } while (codePoint >= 0xD800 && codePoint <= 0xDFFF);
    return codePoint;
  }

  private int between(int first, int last) {
    return first + random.nextInt(last - first + 1);
  }
}
