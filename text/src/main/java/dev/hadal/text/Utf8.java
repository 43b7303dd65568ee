package dev.hadal.text;

import java.nio.charset.StandardCharsets;

/** UTF-8 as the tokenizer needs it. */
final class Utf8 {
  private static final char REPLACEMENT = '\uFFFD';

  private Utf8() {}

  /** The text in UTF-8; a surrogate without its partner becomes U+FFFD. */
  static byte[] encode(CharSequence text) {
    String string = text.toString();
    return (hasLoneSurrogate(string) ? repaired(string) : string).getBytes(StandardCharsets.UTF_8);
  }

  static boolean hasLoneSurrogate(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        if (!startsPair(text, i)) {
          return true;
        }
        i++;
      }
    }
    return false;
  }

  private static String repaired(String text) {
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!Character.isSurrogate(c)) {
        out.append(c);
      } else if (startsPair(text, i)) {
        out.append(c).append(text.charAt(++i));
      } else {
        out.append(REPLACEMENT);
      }
    }
    return out.toString();
  }

  private static boolean startsPair(String text, int at) {
    return Character.isHighSurrogate(text.charAt(at))
        && at + 1 < text.length()
        && Character.isLowSurrogate(text.charAt(at + 1));
  }

  /** The length of the character that begins with this byte of valid UTF-8. */
  static int width(byte first) {
    if (first >= 0) {
      return 1;
    }
    int bits = first & 0xFF;
    return bits < 0xE0 ? 2 : bits < 0xF0 ? 3 : 4;
  }

  /** The code point that begins at a position of valid UTF-8. */
  static int codePoint(byte[] utf8, int at) {
    byte first = utf8[at];
    return switch (width(first)) {
      case 1 -> first;
      case 2 -> (first & 0x1F) << 6 | tail(utf8, at + 1);
      case 3 -> (first & 0x0F) << 12 | tail(utf8, at + 1) << 6 | tail(utf8, at + 2);
      default ->
          (first & 0x07) << 18
              | tail(utf8, at + 1) << 12
              | tail(utf8, at + 2) << 6
              | tail(utf8, at + 3);
    };
  }

  /** Where the character that ends before a position of valid UTF-8 begins. */
  static int before(byte[] utf8, int at) {
    int start = at - 1;
    while (utf8[start] < -64) {
      start--;
    }
    return start;
  }

  private static int tail(byte[] utf8, int at) {
    return utf8[at] & 0x3F;
  }
}
