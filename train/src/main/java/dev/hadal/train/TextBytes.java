package dev.hadal.train;

import java.nio.charset.StandardCharsets;

/** Bytes that should be UTF-8. */
final class TextBytes {
  /** How much of a file is looked at to tell text from other bytes; git looks at as much. */
  static final int SNIFFED = 8000;

  private static final int MOST_REPLACED_SHARE = 10;
  private static final char REPLACEMENT = '\uFFFD';

  private TextBytes() {}

  /**
   * A document of these bytes. Each maximal part of a character that is not UTF-8 becomes U+FFFD,
   * as {@code bytes.decode("utf8", "replace")} does in Python and {@link String} in Java.
   */
  static Document document(String name, byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    return new Document(name, text, bytes.length, replaced(text, bytes, bytes.length));
  }

  /**
   * Whether a file that begins so is text: no zero byte, as git asks, and at most a tenth of its
   * characters are not UTF-8.
   */
  static boolean isText(byte[] start) {
    for (byte b : start) {
      if (b == 0) {
        return false;
      }
    }
    String text = new String(start, StandardCharsets.UTF_8);
    return replaced(text, start, start.length) * MOST_REPLACED_SHARE <= text.length();
  }

  /** A character U+FFFD in the text that is not spelled in the bytes stands for a bad one. */
  private static long replaced(String text, byte[] bytes, int length) {
    if (text.indexOf(REPLACEMENT) < 0) {
      return 0;
    }
    long found = text.chars().filter(c -> c == REPLACEMENT).count();
    for (int i = 0; i + 2 < length; i++) {
      if (bytes[i] == (byte) 0xEF && bytes[i + 1] == (byte) 0xBF && bytes[i + 2] == (byte) 0xBD) {
        found--;
      }
    }
    return found;
  }
}
