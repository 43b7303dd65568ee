package dev.hadal.text;

/**
 * Decodes UTF-8 that arrives in any pieces. Each maximal part of a broken character becomes one
 * U+FFFD (Unicode Standard, section 3.9, "U+FFFD Substitution of Maximal Subparts"), which is also
 * what Hugging Face tokenizers do. {@code java.lang.String} is not used because it replaces an
 * encoded surrogate by one character where this rule gives three.
 */
final class Utf8Decoder {
  private static final char REPLACEMENT = '\uFFFD';

  /** How many bytes the character begun still needs; 0 between characters. */
  private int missing;

  private int codePoint;

  /** What the next byte may be; narrower than 80..BF only after E0, ED, F0 and F4. */
  private int least = 0x80;

  private int most = 0xBF;

  /** Appends the characters that these bytes complete. */
  void decode(byte[] bytes, StringBuilder out) {
    for (byte b : bytes) {
      int value = b & 0xFF;
      if (missing == 0) {
        begin(value, out);
      } else if (value >= least && value <= most) {
        least = 0x80;
        most = 0xBF;
        codePoint = codePoint << 6 | (value & 0x3F);
        if (--missing == 0) {
          out.appendCodePoint(codePoint);
        }
      } else {
        finish(out);
        begin(value, out);
      }
    }
  }

  /** Appends U+FFFD if a character was begun and not completed. */
  void finish(StringBuilder out) {
    if (missing > 0) {
      out.append(REPLACEMENT);
      missing = 0;
      least = 0x80;
      most = 0xBF;
    }
  }

  private void begin(int value, StringBuilder out) {
    if (value < 0x80) {
      out.append((char) value);
    } else if (value >= 0xC2 && value <= 0xDF) {
      missing = 1;
      codePoint = value & 0x1F;
    } else if (value >= 0xE0 && value <= 0xEF) {
      missing = 2;
      codePoint = value & 0x0F;
      least = value == 0xE0 ? 0xA0 : 0x80;
      most = value == 0xED ? 0x9F : 0xBF;
    } else if (value >= 0xF0 && value <= 0xF4) {
      missing = 3;
      codePoint = value & 0x07;
      least = value == 0xF0 ? 0x90 : 0x80;
      most = value == 0xF4 ? 0x8F : 0xBF;
    } else {
      out.append(REPLACEMENT);
    }
  }
}
