package dev.hadal.text;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The byte-level alphabet: a printable character for each of the 256 bytes, so that any bytes can
 * be written as text in a vocabulary file. Printable Latin-1 characters stand for themselves, the
 * other bytes in ascending order for U+0100 and what follows (GPT-2 repository, encoder.py).
 */
final class ByteLevel {
  static final int BYTES = 256;

  private static final char[] CHARACTERS = characters();
  private static final short[] VALUES = values(CHARACTERS);

  private ByteLevel() {}

  static char character(byte value) {
    return CHARACTERS[value & 0xFF];
  }

  static String text(byte[] bytes, int from, int to) {
    char[] text = new char[to - from];
    for (int i = from; i < to; i++) {
      text[i - from] = character(bytes[i]);
    }
    return new String(text);
  }

  /** The bytes that a vocabulary entry stands for; its UTF-8 if it is not of this alphabet. */
  static byte[] bytes(String token) {
    byte[] bytes = new byte[token.length()];
    for (int i = 0; i < bytes.length; i++) {
      char c = token.charAt(i);
      if (c >= VALUES.length || VALUES[c] < 0) {
        return token.getBytes(StandardCharsets.UTF_8);
      }
      bytes[i] = (byte) VALUES[c];
    }
    return bytes;
  }

  /** The alphabet in the order of its characters, in which a trainer gives ids. */
  static List<String> alphabet() {
    List<String> alphabet = new ArrayList<>();
    for (char c = 0; c < VALUES.length; c++) {
      if (VALUES[c] >= 0) {
        alphabet.add(String.valueOf(c));
      }
    }
    return alphabet;
  }

  private static char[] characters() {
    char[] characters = new char[BYTES];
    char next = BYTES;
    for (int value = 0; value < BYTES; value++) {
      boolean printable =
          (value >= '!' && value <= '~')
              || (value >= 0xA1 && value <= 0xAC)
              || (value >= 0xAE && value <= 0xFF);
      characters[value] = printable ? (char) value : next++;
    }
    return characters;
  }

  private static short[] values(char[] characters) {
    int size = 0;
    for (char c : characters) {
      size = Math.max(size, c + 1);
    }
    short[] values = new short[size];
    Arrays.fill(values, (short) -1);
    for (int value = 0; value < BYTES; value++) {
      values[characters[value]] = (short) value;
    }
    return values;
  }
}
